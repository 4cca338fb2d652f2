// Brings node_modules to the state that package-lock.json names, at most once. Must run on Node 20.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const HEARTBEAT_MS = 1_000;
/** A lock whose holder has shown no sign of life for so long is left over, whatever its process id says. */
const LOCK_STALE_MS = 30_000;
const PROGRESS_EVERY_MS = 15_000;

/**
 * Installs what is missing, with plain progress. Two at once are safe: the second waits and then finds all done.
 *
 * @param {string} root the repository's folder
 * @param {{ devNeeded: boolean, onSpawn: (child: import("node:child_process").ChildProcess | null) => void }} how `devNeeded` is false
 *   where a production install (`npm ci --omit=dev`) is enough; `onSpawn` is told of npm's process while it runs, so that a signal can end it
 * @returns {Promise<boolean>} false when npm failed; its own words have then been printed
 */
export async function ensureInstalled(root, { devNeeded, onSpawn }) {
  if (isInstalled(root, devNeeded)) return true;
  const release = await takeLock(join(root, ".gatehouse", "installing"));
  try {
    return isInstalled(root, devNeeded) || (await install(root, onSpawn));
  } finally {
    release();
  }
}

const readText = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
const stampOf = (root) => join(root, "node_modules", ".gatehouse-lock");
const lockHash = (root) =>
  createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");

function isInstalled(root, devNeeded) {
  if (readText(stampOf(root)).trim() === lockHash(root)) return true;
  const tree = readText(join(root, "node_modules", ".package-lock.json"));
  if (!tree || !agrees(JSON.parse(readText(join(root, "package-lock.json"))), JSON.parse(tree), devNeeded)) return false;
  // Installed by hand (`npm ci`, `npm install`). Only a whole tree gets the stamp: another command may need the rest.
  if (devNeeded) writeStamp(root);
  return true;
}

/** npm keeps what it installed in node_modules/.package-lock.json; what is optional may be of another platform and so be absent. */
function agrees(wanted, tree, devNeeded) {
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (!path.includes("node_modules/") || entry.optional || entry.devOptional || (entry.dev && !devNeeded)) return true;
    const found = tree.packages?.[path];
    return found !== undefined && found.version === entry.version && Boolean(found.link) === Boolean(entry.link);
  });
}

function writeStamp(root) {
  try {
    writeFileSync(stampOf(root), `${lockHash(root)}\n`);
  } catch {
    // A read-only installation is compared anew at each start, which costs milliseconds.
  }
}

/** How many packages npm will bring on this machine: an estimate for the reader, exact but for libc variants. */
function countPackages(root) {
  const fits = (list, name) => list === undefined || [list].flat().includes(name);
  const { packages } = JSON.parse(readText(join(root, "package-lock.json")));
  const ours = ([path, entry]) =>
    path.includes("node_modules/") && !entry.link && fits(entry.os, process.platform) && fits(entry.cpu, process.arch);
  return Object.entries(packages).filter(ours).length;
}

async function install(root, onSpawn) {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  console.log(`Installing ${countPackages(root)} packages, once; about half a minute ...`);
  const progress = setInterval(() => console.log(`  still installing (${seconds()} s)`), PROGRESS_EVERY_MS);
  const { code, said, interrupted } = await runNpm(root, onSpawn);
  clearInterval(progress);
  if (code === 0) {
    writeStamp(root);
    console.log(`Installed in ${seconds()} s.`);
    return true;
  }
  if (interrupted) return false;
  console.error(said.trim());
  console.error("\nnpm ci failed; its own words stand above. It needs the network once, and the right to write to node_modules.");
  return false;
}

/** dev and optional are named because NODE_ENV=production or a user's .npmrc would leave out Node, PostgreSQL and the tests. */
const NPM_ARGS = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];

function runNpm(root, onSpawn) {
  const cli = process.env.npm_execpath ?? "";
  // npm's own Node: the one that runs this file may be node_modules/.bin/node, which npm ci is about to delete.
  const byPath = /npm-cli\.c?js$/.test(cli) && existsSync(cli);
  const [command, ...args] = byPath ? [process.env.npm_node_execpath ?? process.execPath, cli, ...NPM_ARGS] : ["npm", ...NPM_ARGS];
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], shell: !byPath && process.platform === "win32" });
  onSpawn(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return new Promise((resolve) => {
    const done = (code, signal = null) => {
      onSpawn(null);
      resolve({ code, said, interrupted: signal !== null });
    };
    child.once("error", (error) => {
      said += `${command}: ${error.message}`;
      done(1);
    });
    child.once("close", done);
  });
}

/**
 * A lock is a folder: making one either succeeds or says that it is there. It stands outside node_modules, which npm empties.
 * A holder that died is told by its process id, or by a heartbeat (the folder's mtime) that stopped.
 */
async function takeLock(lock) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; !tryLock(lock); ) {
    const holder = Number(readText(join(lock, "pid")));
    if (isStale(lock, holder)) {
      stealLock(lock, holder);
      continue;
    }
    if (!told) console.log(`Waiting for another installation in this folder${holder ? ` (process ${holder})` : ""} ...`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const heartbeat = setInterval(() => beat(lock), HEARTBEAT_MS);
  const remove = () => rmSync(lock, { recursive: true, force: true });
  process.once("exit", remove);
  return () => {
    clearInterval(heartbeat);
    process.off("exit", remove);
    remove();
  };
}

function beat(lock) {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // Someone deleted the folder by hand; the installation itself is not disturbed by it.
  }
}

function tryLock(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  return true;
}

function isStale(lock, holder) {
  const seen = statSync(lock, { throwIfNoEntry: false });
  if (!seen) return false;
  if (Date.now() - seen.mtimeMs > LOCK_STALE_MS) return true;
  return holder > 0 && !isAlive(holder);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Moved aside before it is deleted, so that of two that find it stale only one removes it, and never a lock taken meanwhile. */
function stealLock(lock, holder) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (Number(readText(join(aside, "pid"))) === holder) rmSync(aside, { recursive: true, force: true });
    else renameSync(aside, lock);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}

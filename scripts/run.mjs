// The one entry of the npm scripts: installs what is missing, finds a Node that runs .ts files, starts the TypeScript there.
// It runs on Node 20, so that `git clone` and `npm start` are enough on a machine whose only Node is that one.
//
// Contract with the child (main.ts, tests/tour/main.ts, bench/main.ts, scripts/*.ts):
// - GATEHOUSE_PARENT=1 is set and an IPC channel is open. `process.on("disconnect")` means that this launcher died (also by
//   kill -9): stop gracefully. Listening keeps a process alive, so a command that ends by itself calls `process.channel?.unref()`.
//   The variable is inherited by grandchildren and the channel is not: ask `process.connected`, not the variable.
// - SIGINT, SIGTERM, SIGHUP and disconnect all ask for the same graceful stop, and more of them within one second are the same
//   request: Ctrl-C reaches the child from the terminal, from npm and as a SIGTERM from here. A later one may end it hard.
// - Its exit code becomes the launcher's, and so npm's.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findNode, noNodeFound } from "./find-node.mjs";
import { ensureInstalled } from "./install.mjs";

const root = dirname(import.meta.dirname);
const main = "apps/resolutionflow/api/src/main.ts";

/**
 * What each npm script starts, below the root. `devNeeded`: whether it needs what `npm ci --omit=dev` leaves out. `readsDotEnv`: whether a
 * .env in the root sets what the environment leaves unset; tests, tour and bench must not depend on one.
 */
const COMMANDS = {
  start: { file: main, args: ["start"], devNeeded: false, readsDotEnv: true },
  gatehouse: { file: main, args: [], devNeeded: false, readsDotEnv: true },
  tour: { file: "tests/tour/main.ts", args: [], devNeeded: false },
  test: { file: "scripts/test.ts", args: [], devNeeded: true },
  check: { file: "scripts/check.ts", args: [], devNeeded: true },
  bench: { file: "bench/main.ts", args: [], devNeeded: true },
  format: { file: "node_modules/@biomejs/biome/bin/biome", args: ["check", "--write"], devNeeded: true },
};

/** Further signals so soon are the same Ctrl-C, which npm repeats to us after the terminal has sent it. */
const SAME_REQUEST_MS = 1_000;
const PARENT_POLL_MS = 250;
/** A child that has not ended so long after its npm died is ended hard: nothing may be left on the port. */
const ORPHAN_KILL_MS = 20_000;

/** The processes that run here, one after the other. */
let installer = null;
let child = null;
let stopAskedAt = null;

const [name, ...rest] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : null;
if (command === null) {
  console.error(`usage: npm run <${Object.keys(COMMANDS).join("|")}> [-- arguments]`);
  process.exit(2);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => onSignal(signal));
if (process.env.npm_lifecycle_event) watchParents();

const installed = await ensureInstalled(root, { devNeeded: command.devNeeded, onSpawn: (npm) => (installer = npm) });
if (stopAskedAt !== null) process.exit(130);
if (!installed) process.exit(1);
const node = findNode(root);
if (node === null) {
  console.error(noNodeFound);
  process.exit(1);
}
const dotEnv = join(root, ".env");
const nodeArgs = command.readsDotEnv && existsSync(dotEnv) ? [`--env-file=${dotEnv}`] : [];
start(node, [...nodeArgs, join(root, command.file), ...command.args, ...rest]);

/** @param {string} nodePath @param {string[]} args */
function start(nodePath, args) {
  // ipc is there only to break when this process dies; nothing is said over it.
  child = spawn(nodePath, args, { cwd: root, env: childEnvironment(nodePath), stdio: ["inherit", "inherit", "inherit", "ipc"] });
  child.once("error", (error) => {
    console.error(`${nodePath} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** That Node comes first in PATH, so that what the child starts by name (npx, a worker) is the same one. */
function childEnvironment(nodePath) {
  const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  return {
    NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "gatehouse"),
    ...process.env,
    [pathKey]: [dirname(nodePath), process.env[pathKey]].filter(Boolean).join(delimiter),
    GATEHOUSE_PARENT: "1",
  };
}

/**
 * The first signal becomes one SIGTERM to the child, whether or not the terminal has sent it a SIGINT of its own: who may have
 * received what cannot be known here (a pipe, a background job, npm's own forwarding), and the contract makes the pair one request.
 * A signal after SAME_REQUEST_MS is an impatient human and is passed on as it is.
 */
function onSignal(signal) {
  const now = performance.now();
  if (stopAskedAt === null) {
    stopAskedAt = now;
    askToStop("SIGTERM");
  } else if (now - stopAskedAt > SAME_REQUEST_MS) askToStop(signal);
}

function askToStop(signal) {
  // npm finishes what it does before it heeds a SIGTERM; half an installation has no stamp and is made anew.
  if (installer !== null) installer.kill("SIGKILL");
  else if (child === null) process.exit(128 + constants.signals[signal]);
  // Windows has no signals: kill() there ends a process hard, while a broken channel asks it.
  else if (process.platform === "win32" && child.connected) child.disconnect();
  else child.kill(signal);
}

/**
 * npm that was killed with -9 tells nobody. A process whose parent died gets another one, and that is looked for here. npm starts us
 * through a shell, which mostly replaces itself by us; where it still stands between, npm is the parent's parent, known only from /proc.
 */
function watchParents() {
  const parent = process.ppid;
  const npm = throughShell(parent);
  const poll = setInterval(() => {
    if (process.ppid === parent && (npm === null || throughShell(parent) === npm)) return;
    clearInterval(poll);
    if (stopAskedAt === null) onSignal("SIGTERM");
    setTimeout(() => child?.kill("SIGKILL"), ORPHAN_KILL_MS).unref();
  }, PARENT_POLL_MS);
  poll.unref();
}

/** The parent of a shell; null if `pid` is no shell (npm's own parent may die in peace: `nohup npm start &`) or there is no /proc. */
function throughShell(pid) {
  try {
    // "pid (name) state ppid ...", where the name may hold spaces and brackets.
    const [, shell, ppid] = /^\d+ \((sh|ash|dash|bash|busybox)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return shell ? Number(ppid) : null;
  } catch {
    return null;
  }
}

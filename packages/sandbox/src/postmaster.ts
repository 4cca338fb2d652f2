import { readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "./run-as.ts";

/** What PostgreSQL writes into postmaster.pid, its lock on the data folder. */
export interface PostmasterFile {
  pid: number;
  dataFolder: string;
  port: number;
  socketFolder: string;
}

/**
 * Reads the lock file of a data folder; null when there is none, or one that is not complete yet.
 * @see PostgreSQL's miscinit.h, "Lines of postmaster.pid"
 */
export async function readPostmasterFile(dataFolder: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  const [pid, folder, , port, socketFolder] = text.split("\n");
  if (!pid || !folder || !port || !socketFolder || !/^\d+$/.test(pid)) return null;
  return { pid: Number(pid), dataFolder: folder, port: Number(port), socketFolder };
}

/** Is this process PostgreSQL's main process of this data folder? A number alone proves nothing: numbers are given again. */
export async function isPostmasterOf(pid: number, dataFolder: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8")
    .then((line) => line.split("\0").join(" "))
    .catch(() => commandOf(pid));
  if (!command.includes("postgres") || !command.includes(" -D ")) return false;
  // The postmaster works in its data folder, also after the project was moved. Not every system tells.
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return workingFolder === null ? command.includes(` -D ${dataFolder} `) : workingFolder === dataFolder;
}

/** For systems without /proc. */
async function commandOf(pid: number): Promise<string> {
  return `${(await run("ps", ["-ww", "-o", "command=", "-p", String(pid)], null)).output} `;
}

/** A zombie is not running: an orphan whose new parent never collects it keeps its number for ever, but nothing else. */
async function isRunning(pid: number): Promise<boolean> {
  if (!isTaken(pid)) return false;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/^\d+ \(.*\) [ZX]/s.test(stat);
}

/** Does any process have this number, running or dead and not collected? */
export function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Makes PostgreSQL see a left lock file as stale when its number now belongs to another program; it would refuse to start otherwise.
 *
 * The file is not deleted, because the lock of a data folder also names the shared memory by which PostgreSQL finds out that orphans
 * of a killed server still write there. The number is replaced by ours: a lock held by its own parent is stale in PostgreSQL's eyes.
 * @see PostgreSQL's miscinit.c, CreateLockFile
 */
export async function disownLock(lockFile: string, dataFolder: string): Promise<void> {
  const text = await readFile(lockFile, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  // A number that nobody has is seen as stale by PostgreSQL itself, without a race.
  if (Number.isNaN(pid) || !isTaken(pid) || (await isPostmasterOf(pid, dataFolder))) return;
  await writeFile(lockFile, text.replace(/^.*/, String(process.pid)));
}

/** `fast` rolls open transactions back and writes all down; `immediate` stops as a power cut does. */
export type Shutdown = "fast" | "immediate";

const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT" } as const;
/** A checkpoint of a large cache on a slow disk may take this long. */
const STOP_SECONDS_MAX = 60;

/**
 * Stops the server and returns when its process is gone. A server that has already gone is no error.
 * @throws Error when it still runs after a minute
 */
export async function stopPostmaster(pid: number, dataFolder: string, how: Shutdown): Promise<void> {
  if (!(await isPostmasterOf(pid, dataFolder))) return;
  try {
    process.kill(pid, SIGNALS[how]);
  } catch {
    return; // It ended between the look and the signal.
  }
  const isGone = await waitUntil(async () => !(await isPostmasterOf(pid, dataFolder)), STOP_SECONDS_MAX);
  if (!isGone) throw new Error(`PostgreSQL (process ${pid}) did not stop within ${STOP_SECONDS_MAX} s.`);
}

const LOOK_EVERY_MILLISECONDS = 20;

/** Looks again and again; false when the condition did not come true in about the given time. */
export async function waitUntil(condition: () => Promise<boolean>, secondsMax: number): Promise<boolean> {
  const looksMax = (secondsMax * 1000) / LOOK_EVERY_MILLISECONDS;
  for (let looks = 0; looks < looksMax; looks += 1) {
    if (await condition()) return true;
    await pause(LOOK_EVERY_MILLISECONDS);
  }
  return condition();
}

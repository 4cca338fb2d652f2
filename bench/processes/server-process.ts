import { fork } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endProcess } from "./child.ts";

export interface ServerOptions {
  readonly home: string;
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  /** What is started, below the repository's root; default: the product's own entry. */
  readonly entry: string;
  /** Where compiled code is kept between starts; null: it is compiled anew. Default: a folder of the bench. */
  readonly compileCache: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** What follows the entry; default: `serve`. */
  readonly args: readonly string[];
  /** More flags for Node: profiling. */
  readonly nodeFlags: readonly string[];
}
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first 200. */
  readonly started: { readonly alive: number; readonly ready: number };
  stop(): Promise<void>;
}

export const ROOT = new URL("../../", import.meta.url).pathname;
/** What `scripts/run.mjs` starts the server's Node with. */
const NODE_FLAGS: readonly string[] = [];
export const PRODUCT_ENTRY = "apps/resolutionflow/api/src/main.ts";
/** Every server of the bench says so of itself, so that a token made for one database is good wherever that database is served. */
export const BASE_URL = "http://127.0.0.1:4000";
export const SECRET = "the secret of the bench, which is no secret";
const READY_SECONDS_MAX = 30;
const LOOK_AGAIN_MILLISECONDS = 2;

/**
 * Starts a real server as production would have it: no sandbox, logs at their default level, both roles in one process. Only rate limits are
 * off, which a load from one address would meet at once. Waits until it is ready.
 */
export async function startServer(
  given: Pick<ServerOptions, "home" | "databaseUrl" | "smtpUrl"> & Partial<ServerOptions>,
): Promise<ServerProcess> {
  const port = await freePort();
  const logPath = join(given.home, `server-${port}.log`);
  const log = openSync(logPath, "a");
  const begun = performance.now();
  const child = fork(join(ROOT, given.entry ?? PRODUCT_ENTRY), [...(given.args ?? ["serve"])], {
    cwd: given.home,
    execArgv: [...NODE_FLAGS, ...(given.nodeFlags ?? [])],
    env: { ...environment(given, port), ...given.env },
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const { pid } = child;
  try {
    if (pid === undefined) throw new Error("the server cannot be started");
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const alive = (await firstOk(port, "/healthz", hasEnded)) - begun;
    const ready = (await firstOk(port, "/readyz", hasEnded)) - begun;
    return { port, pid, started: { alive, ready }, stop: () => endProcess(child) };
  } catch (error) {
    await endProcess(child);
    throw new Error(`the server does not serve; its log ends with:\n${readFileSync(logPath, "utf8").slice(-2000)}`, { cause: error });
  }
}

const environment = (given: Pick<ServerOptions, "home" | "databaseUrl" | "smtpUrl"> & Partial<ServerOptions>, port: number) => ({
  PATH: process.env["PATH"],
  SANDBOX: "off",
  PORT: String(port),
  BASE_URL,
  GATEHOUSE_HOME: given.home,
  GATEHOUSE_SECRET: SECRET,
  DATABASE_URL: given.databaseUrl,
  SMTP_URL: given.smtpUrl,
  SELF_SERVE_ENABLED: "true",
  RATE_LIMIT_FACTOR: "0",
  ...(given.compileCache === null
    ? { NODE_DISABLE_COMPILE_CACHE: "1" }
    : { NODE_COMPILE_CACHE: given.compileCache ?? join(given.home, "compile-cache") }),
});

/** @returns when the first 200 was there, in `performance.now()` */
export async function firstOk(port: number, path: string, hasEnded: () => boolean): Promise<number> {
  const giveUp = performance.now() + READY_SECONDS_MAX * 1000;
  while (!hasEnded() && performance.now() < giveUp) {
    const status = await fetch(`http://127.0.0.1:${port}${path}`).then(
      (response) => response.arrayBuffer().then(() => response.status),
      () => null,
    );
    if (status === 200) return performance.now();
    await pause(LOOK_AGAIN_MILLISECONDS);
  }
  throw new Error(`no 200 of ${path}`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no free port"))));
    });
  });
}

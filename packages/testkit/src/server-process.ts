import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Client, createClient } from "@gatehouse/client";
import { describeConfig } from "@gatehouse/server/platform/config";

export interface ProcessOptions {
  /** The file that Node runs: an app's `main.ts`, or the launcher. */
  readonly entry: string;
  readonly args: readonly string[];
  /** All that configures the process: what the test's own environment says of the product is taken away. */
  readonly env?: Readonly<Record<string, string>>;
}
export interface ProcessEnd {
  /** null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process of the product, to be killed and to be looked at from outside. `await using` ends it with the test. */
export interface ProductProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<ProcessEnd>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, as a supervisor stops it; SIGKILL when that does not end it. */
  stop(): Promise<ProcessEnd>;
}
/** One that listens. */
export interface ServerProcess extends ProductProcess {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly baseUrl: string;
  /** The typed client, over the socket. @param accessToken who calls; none: nobody */
  client(accessToken?: string): Client;
  /** Any path, whole, over a connection of its own. @throws Error when nobody answers */
  ask(path: string, init?: RequestInit): Promise<ServerAnswer>;
  /** Resolves when `/readyz` answers 200. @throws Error with what it wrote, when it ends before or does not come up */
  ready(): Promise<void>;
}

export interface ServerAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else text. */
  readonly body: unknown;
}

const READY_SECONDS_MAX = 120;
const STOP_SECONDS_MAX = 60;
const ANSWER_MILLISECONDS_MAX = 60_000;
const LOOK_EVERY_MILLISECONDS = 50;
/** The launcher's: a start then takes half the time. */
const COMPILE_CACHE = join(import.meta.dirname, "../../../node_modules/.cache/gatehouse");

/** Starts a process of the product. It ends with the test's own process, even when that is killed: their channel breaks. */
export function startProcess({ entry, args, env = {} }: ProcessOptions): ProductProcess {
  // Files, not pipes: a pipe would break with the test, and end the process before it has stopped its database.
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-process-"));
  const files = { stdout: join(folder, "stdout"), stderr: join(folder, "stderr") };
  const [stdout, stderr] = [openSync(files.stdout, "w"), openSync(files.stderr, "w")];
  const child = spawn(process.execPath, [entry, ...args], {
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...unconfigured(), ...env },
    stdio: ["ignore", stdout, stderr, "ipc"],
    // Ctrl-C in the terminal is for the test run, which stops what it started.
    detached: true,
  });
  closeSync(stdout);
  closeSync(stderr);
  // Neither the child nor its channel keeps a finished test run alive.
  child.unref();
  child.channel?.unref();
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const stop = async (): Promise<ProcessEnd> => stopped(child, ended);
  return {
    pid: child.pid ?? 0,
    stdout: () => readFileSync(files.stdout, "utf8"),
    stderr: () => readFileSync(files.stderr, "utf8"),
    ended,
    kill: (signal) => void child.kill(signal),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a server on a free port of the loopback, or on `env.PORT`; it is not ready yet. */
export async function startServer(options: ProcessOptions): Promise<ServerProcess> {
  const port = Number(options.env?.["PORT"] ?? (await freePort()));
  const started = startProcess({ ...options, env: { ...options.env, PORT: String(port) } });
  const baseUrl = `http://127.0.0.1:${port}`;
  let end: ProcessEnd | null = null;
  void started.ended.then((how) => {
    end = how;
  });
  return {
    ...started,
    port,
    baseUrl,
    client: (accessToken) => createClient({ baseUrl, accessToken: () => accessToken ?? null }),
    ask: (path, init) => askServer(`${baseUrl}${path}`, init),
    async ready() {
      const isUp = async (): Promise<boolean> => end !== null || (await isReady(baseUrl));
      const said = (): string => `It wrote:\n${started.stdout()}\n${started.stderr()}`;
      await until(isUp, () => `the server to be ready. ${said()}`, READY_SECONDS_MAX);
      if (end !== null) throw new Error(`The server ended before it was ready: ${JSON.stringify(end)}. ${said()}`);
    },
  };
}

/** Runs a command to its end. */
export async function runToEnd(options: ProcessOptions): Promise<ProcessEnd & { stdout: string; stderr: string }> {
  await using started = startProcess(options);
  const end = await started.ended;
  return { ...end, stdout: started.stdout(), stderr: started.stderr() };
}

/**
 * Looks again and again until the condition holds.
 * @throws Error naming what was waited for, when it did not come true
 */
export async function until(condition: () => Promise<boolean> | boolean, what: string | (() => string), secondsMax = 60): Promise<void> {
  const latest = performance.now() + secondsMax * 1000;
  while (!(await condition())) {
    if (performance.now() > latest) throw new Error(`waited ${secondsMax} s for ${typeof what === "string" ? what : what()}`);
    await pause(LOOK_EVERY_MILLISECONDS);
  }
}

/** Nobody listens on it at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port was given"))));
    });
  });
}

/** A connection of its own, so that one kept open from before cannot answer for a server that takes none any more. */
async function askServer(url: string, init: RequestInit = {}): Promise<ServerAnswer> {
  const headers = { connection: "close", accept: "application/json", ...Object.fromEntries(new Headers(init.headers)) };
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS_MAX), ...init, headers });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get("content-type") ?? "");
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

const isReady = (baseUrl: string): Promise<boolean> =>
  askServer(`${baseUrl}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );

/** The environment without what configures the product, and without what the test runner says to its own processes. */
function unconfigured(): NodeJS.ProcessEnv {
  const configured = new Set(describeConfig().map(({ name }) => name));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configured.has(name) && !name.startsWith("VITEST")));
}

async function stopped(child: ChildProcess, ended: Promise<ProcessEnd>): Promise<ProcessEnd> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  const patience = new AbortController();
  const late = pause(STOP_SECONDS_MAX * 1000, null, { signal: patience.signal }).catch(() => null);
  const end = await Promise.race([ended, late]);
  patience.abort();
  if (end !== null) return end;
  child.kill("SIGKILL");
  return ended;
}

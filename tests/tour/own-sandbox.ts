import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describeConfig } from "@gatehouse/server/platform/config";

/** A sandbox that the tour started for itself. */
export interface OwnSandbox {
  readonly baseUrl: string;
  /** Its folder. */
  readonly home: string;
  /** Resolves when it serves. @throws Error when it ends, or does not come up in time */
  ready(): Promise<void>;
  /** Asks it to stop, waits until it has, and removes its folder. */
  stop(): Promise<{
    /** null: it stopped as it must. */
    wrong: string | null;
    /** What it wrote, from its start on. */
    output: string;
  }>;
}

const ENTRY = join(import.meta.dirname, "../../apps/resolutionflow/api/src/main.ts");
/** It makes a database on the way; a machine that builds other things beside it is slow. */
const START_SECONDS_MAX = 90;
const STOP_SECONDS_MAX = 30;
const POLL_MILLISECONDS = 100;

/** Starts what `npm start` starts, with nothing configured, on a free port and a folder of its own. */
export async function startOwnSandbox(): Promise<OwnSandbox> {
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const home = mkdtempSync(join(tmpdir(), "gatehouse-tour-"));
  // As root the database runs as another user, who must be able to walk through.
  chmodSync(home, 0o711);
  // A file, not a pipe: when the tour has died, a pipe would break at the server's last words and end it before it has stopped its database.
  const outputFile = join(home, "output.txt");
  const output = openSync(outputFile, "w");
  const child = spawn(process.execPath, [ENTRY, "serve"], {
    env: { ...unconfigured(), PORT: String(port), GATEHOUSE_HOME: home },
    // The channel tells it when the tour has died. Ctrl-C reaches it through the tour alone, which must outlive it.
    stdio: ["ignore", output, output, "ipc"],
    detached: true,
  });
  closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code === null ? `ended by ${signal}` : `ended with ${code}`));
  });
  return {
    baseUrl,
    home,
    ready: () => waitUntilReady(baseUrl, ended),
    async stop() {
      const end = await endOf(child, ended);
      const written = readFileSync(outputFile, "utf8");
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
      return { wrong: end === "ended with 0" ? null : `The tour's own sandbox did not stop as it must: it ${end}.`, output: written };
    },
  };
}

/** The environment without what configures the product: the tour's sandbox is the same on every machine. */
export function unconfigured(): NodeJS.ProcessEnv {
  const configured = new Set(describeConfig().map(({ name }) => name));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configured.has(name)));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port was given"))));
    });
  });
}

async function waitUntilReady(baseUrl: string, ended: Promise<string>): Promise<void> {
  let end: string | null = null;
  void ended.then((how) => {
    end = how;
  });
  const latest = performance.now() + START_SECONDS_MAX * 1000;
  while (performance.now() < latest) {
    if (end !== null) throw new Error(`The tour's own sandbox ${end} before it served.`);
    if (await isReady(baseUrl)) return;
    await pause(POLL_MILLISECONDS);
  }
  throw new Error(`The tour's own sandbox did not serve within ${START_SECONDS_MAX} s.`);
}

/** Whether a server says at /readyz that it can serve. */
export async function isReady(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/readyz", baseUrl), { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

async function endOf(child: ChildProcess, ended: Promise<string>): Promise<string> {
  // Windows has no signals: kill() there ends a process hard, while a broken channel asks it.
  if (process.platform === "win32") child.disconnect();
  else child.kill("SIGTERM");
  const timer = new AbortController();
  const late = pause(STOP_SECONDS_MAX * 1000, "late", { signal: timer.signal, ref: false }).catch(() => "late");
  const end = await Promise.race([ended, late]);
  timer.abort();
  if (end !== "late") return end;
  child.kill("SIGKILL");
  return `${await ended} after ${STOP_SECONDS_MAX} s`;
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The repository's folder. */
export const root = join(import.meta.dirname, "..");

export interface Ended {
  /** 0 when it went well; 1 also for a child that a signal ended. */
  readonly code: number;
  /** What it wrote to stdout and stderr, in the order of arrival; empty when the terminal showed it. */
  readonly output: string;
  readonly seconds: number;
}

const running = new Set<ChildProcess>();

/**
 * Runs this Node with a script and waits for its end.
 *
 * @param args the script, which may be a package's JavaScript, and its arguments; paths are relative to the repository
 * @param show "now" hands the terminal over; "later" collects the output
 */
export async function runNode(args: readonly string[], show: "now" | "later"): Promise<Ended> {
  const began = performance.now();
  const stdio = show === "now" ? "inherit" : "pipe";
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", stdio, stdio] });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      output += chunk;
    });
  }
  await once(child, "close");
  running.delete(child);
  return { code: child.exitCode ?? 1, output, seconds: (performance.now() - began) / 1000 };
}

/** Ends the children with this process, whatever ends it but kill -9: see the contract in run.mjs. */
export function endChildrenWithUs(): void {
  const end = (): void => {
    for (const child of running) child.kill("SIGTERM");
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  process.once("disconnect", end);
  process.channel?.unref();
}

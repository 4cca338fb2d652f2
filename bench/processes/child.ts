import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { z } from "zod";

/** A process of the bench that answers what it is asked, one question at a time. */
export interface Child {
  readonly pid: number;
  /** @throws Error when the process ends before it answers, or answers something else */
  ask<A>(question: object, answer: z.ZodType<A>): Promise<A>;
  stop(): Promise<void>;
}

/**
 * Starts a file of this folder. It ends with the bench, however that ends: the channel between both breaks.
 * @param env beside what a process needs to start; nothing of ours is inherited
 */
export async function startChild(file: string, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = fork(file, [], { serialization: "advanced", execArgv: [], env: { PATH: process.env["PATH"], ...env } });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  await answerOf(child, file);
  return {
    pid,
    async ask(question, answer) {
      const answered = answerOf(child, file);
      child.send(question);
      return answer.parse(await answered);
    },
    stop: () => endProcess(child),
  };
}

async function answerOf(child: ChildProcess, file: string): Promise<unknown> {
  const either = new AbortController();
  const { signal } = either;
  const ended = once(child, "exit", { signal }).then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`)));
  try {
    const [message] = await Promise.race([once(child, "message", { signal }), ended]);
    return message;
  } finally {
    either.abort();
    ended.catch(() => undefined);
  }
}

const KILL_AFTER_MILLISECONDS = 15_000;

/** Asks a process to end, waits for it, and ends it hard when it does not. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MILLISECONDS);
  await ended;
  clearTimeout(hard);
}

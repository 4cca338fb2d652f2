import { stopwatch } from "../platform/clock.ts";
import type { CommandContext } from "./context.ts";

const BAR_CHARACTERS = 24;
/** Between two words of it: a terminal's line is drawn over, the lines of a log stay. */
const EVERY_SECONDS = { terminal: 0.1, log: 5 };

export interface Progress {
  /** @param done so many of all */
  at(done: number): void;
  /** Says where it stands once more, and leaves the line. */
  end(): void;
}

/**
 * How far a long work is, on standard error: a bar where that is a terminal, else a line now and then.
 * @param what is counted, in the plural: `accounts`
 */
export function openProgress(
  context: Pick<CommandContext, "printError" | "overwrite">,
  what: string,
  total: number,
  seconds: () => number = stopwatch,
): Progress {
  const { overwrite } = context;
  const every = overwrite ? EVERY_SECONDS.terminal : EVERY_SECONDS.log;
  const begun = seconds();
  let saidAt = begun;
  let first: number | null = null;
  let last: number | null = null;
  let said: number | null = null;
  const say = (): void => {
    if (last === null) return;
    saidAt = seconds();
    said = last;
    const line = sayProgress({ done: last, doneHere: last - (first ?? 0), total, seconds: saidAt - begun }, what, overwrite !== undefined);
    if (overwrite) overwrite(line);
    else context.printError(line);
  };
  return {
    at(done) {
      first ??= done;
      last = done;
      if (seconds() - saidAt >= every) say();
    },
    end() {
      if (said !== last) say();
      if (overwrite && said !== null) context.printError("");
    },
  };
}

/** @param doneHere of `done`, what was done since the beginning: what a run before did tells nothing of the pace */
export function sayProgress(
  { done, doneHere, total, seconds }: { done: number; doneHere: number; total: number; seconds: number },
  what: string,
  withBar: boolean,
): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * BAR_CHARACTERS);
  const bar = withBar ? `[${"=".repeat(full)}${" ".repeat(BAR_CHARACTERS - full)}] ` : "";
  const pace = seconds > 0 ? `, ${number(doneHere / seconds)}/s` : "";
  // Rounded down: 100 per cent is all of them.
  return `${bar}${Math.floor(share * 100)} %  ${number(done)} of ${number(total)} ${what}${pace}`;
}

const number = (value: number): string => Math.round(value).toLocaleString("en");

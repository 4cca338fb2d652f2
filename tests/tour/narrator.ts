import { styleText } from "node:util";
import { NotAsItMustBe } from "./must.ts";

/** Adds lines to the step that is being told. */
export type Say = (...lines: string[]) => void;

/** Tells the tour, step by step. */
export interface Narrator {
  begin(words: string): void;
  chapter(title: string): void;
  /** @throws TourStopped when `act` throws; what went wrong has then been told */
  step<T>(title: string, act: (say: Say) => Promise<T>): Promise<T>;
  /** The last line. @param ok whether every step was as it must be */
  end(ok: boolean): void;
}

/** A step failed and was told; there is nothing more to say. */
export class TourStopped extends Error {}

interface Voice {
  begin(words: string): void;
  chapter(title: string): void;
  stepBegins(number: number, title: string): void;
  line(text: string): void;
  stepEnds(step: ToldStep): void;
  end(ok: boolean, steps: number, seconds: number): void;
}
interface ToldStep {
  readonly step: number;
  readonly chapter: string;
  readonly title: string;
  readonly ok: boolean;
  readonly said: readonly string[];
  readonly milliseconds: number;
  readonly failure: NotAsItMustBe | null;
}

/** @param print takes a line; where it is a terminal that shows colours, and NO_COLOR is unset, words are coloured */
export const forPeople = (print: (line: string) => void): Narrator => narrate(plainVoice(print));
/** One JSON object a step and one at the end, each on its own line. */
export const forPrograms = (print: (line: string) => void): Narrator => narrate(jsonVoice(print));

function narrate(voice: Voice): Narrator {
  let startedAt: number | null = null;
  let steps = 0;
  let chapter = "";
  return {
    begin: voice.begin,
    chapter(title) {
      chapter = title;
      voice.chapter(title);
    },
    async step(title, act) {
      steps += 1;
      const stepStartedAt = performance.now();
      startedAt ??= stepStartedAt;
      const said: string[] = [];
      const say: Say = (...lines) => {
        said.push(...lines);
        for (const line of lines) voice.line(line);
      };
      const told = (failure: NotAsItMustBe | null): ToldStep => {
        const milliseconds = Math.round(performance.now() - stepStartedAt);
        return { step: steps, chapter, title, ok: failure === null, said, milliseconds, failure };
      };
      voice.stepBegins(steps, title);
      try {
        const result = await act(say);
        voice.stepEnds(told(null));
        return result;
      } catch (error) {
        voice.stepEnds(told(asFailure(error)));
        throw new TourStopped(title, { cause: error });
      }
    },
    end(ok) {
      const now = performance.now();
      voice.end(ok, steps, (now - (startedAt ?? now)) / 1000);
    },
  };
}

function asFailure(error: unknown): NotAsItMustBe {
  if (error instanceof NotAsItMustBe) return error;
  // fetch says "fetch failed" and keeps what happened in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return new NotAsItMustBe("the step", "an answer", `${error instanceof Error ? (error.stack ?? error.message) : String(error)}${cause}`);
}

const INDENT = "     ";

function plainVoice(print: (line: string) => void): Voice {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream: process.stdout });
  return {
    begin: (words) => print(words),
    chapter: (title) => print(`\n${paint("bold", title)}`),
    stepBegins: (number, title) => print(`${String(number).padStart(3)}. ${title}`),
    line: (text) => print(text === "" ? "" : paint("dim", `${INDENT}${text}`)),
    stepEnds({ failure }) {
      if (failure === null) return;
      print(paint("red", `${INDENT}NOT AS IT MUST BE: ${failure.what}`));
      print(`${INDENT}expected  ${indented(failure.expected)}`);
      print(`${INDENT}came      ${indented(failure.came)}`);
    },
    end(ok, steps, seconds) {
      const time = `${seconds.toFixed(1)} s`;
      if (ok) print(`\n${paint("green", `${steps} steps, all as they must be, ${time}`)}`);
      else print(`\n${paint("red", `Stopped at step ${steps}, which is not as it must be, after ${time}`)}`);
    },
  };
}

const indented = (text: string): string => text.replaceAll("\n", `\n${INDENT}          `);

function jsonVoice(print: (line: string) => void): Voice {
  const nothing = (): void => undefined;
  return {
    begin: nothing,
    chapter: nothing,
    stepBegins: nothing,
    line: nothing,
    stepEnds({ failure, ...step }) {
      const why = failure === null ? {} : { what: failure.what, expected: failure.expected, came: failure.came };
      print(JSON.stringify({ ...step, ...why }));
    },
    end: (ok, steps, seconds) => print(JSON.stringify({ ok, steps, seconds: Math.round(seconds * 10) / 10 })),
  };
}

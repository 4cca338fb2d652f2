import { expect, test } from "vitest";
import { openProgress, sayProgress } from "./progress.ts";

function watch(isTerminal: boolean) {
  const said: string[] = [];
  const clock = { seconds: 0 };
  const context = {
    printError: (text: string) => void said.push(text),
    ...(isTerminal ? { overwrite: (line: string) => void said.push(`\r${line}`) } : {}),
  };
  return { said, clock, progress: openProgress(context, "accounts", 200, () => clock.seconds) };
}

test.each([
  [{ done: 0, doneHere: 0, total: 200, seconds: 0 }, true, "[                        ] 0 %  0 of 200 accounts"],
  [{ done: 199, doneHere: 199, total: 200, seconds: 10 }, true, "[======================= ] 99 %  199 of 200 accounts, 20/s"],
  [{ done: 200, doneHere: 200, total: 200, seconds: 10 }, true, "[========================] 100 %  200 of 200 accounts, 20/s"],
  // More came than were counted, or there was nothing to do.
  [{ done: 1_201, doneHere: 1_201, total: 1_200, seconds: 1 }, false, "100 %  1,201 of 1,200 accounts, 1,201/s"],
  [{ done: 0, doneHere: 0, total: 0, seconds: 1 }, false, "100 %  0 of 0 accounts, 0/s"],
])("%j", (at, withBar, line) => expect(sayProgress(at, "accounts", withBar)).toBe(line));

test("a log gets a line every five seconds and one at the end; what a run before did is no pace", () => {
  const { said, clock, progress } = watch(false);
  progress.at(100);
  clock.seconds = 4.9;
  progress.at(110);
  clock.seconds = 5;
  progress.at(120);
  progress.at(130);
  expect(said).toEqual(["60 %  120 of 200 accounts, 4/s"]);
  progress.end();
  expect(said).toEqual(["60 %  120 of 200 accounts, 4/s", "65 %  130 of 200 accounts, 6/s"]);
});

test("a terminal's line is drawn over ten times a second at most, and left at the end", () => {
  const { said, clock, progress } = watch(true);
  for (const done of [1, 2, 3]) progress.at(done);
  expect(said).toEqual([]);
  clock.seconds = 0.1;
  progress.at(50);
  progress.end();
  expect(said).toEqual(["\r[======                  ] 25 %  50 of 200 accounts, 490/s", ""]);
});

test("what never began says nothing", () => {
  const { said, progress } = watch(true);
  progress.end();
  expect(said).toEqual([]);
});

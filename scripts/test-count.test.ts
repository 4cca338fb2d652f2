import { expect, test } from "vitest";
import { countTests } from "./test-count.ts";

const report = (passed: number, failed: number, files: { status: string; tests: string[] }[] = []): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: files.map(({ status, tests }) => ({ name: "a.test.ts", status, assertionResults: tests.map((was) => ({ status: was })) })),
  });

test.each<[string, string | null, number, passed: number, failed: number]>([
  ["all passed", report(3, 0), 0, 3, 0],
  ["a test failed", report(2, 1, [{ status: "failed", tests: ["passed", "failed"] }]), 1, 2, 1],
  ["a file could not be loaded", report(2, 0, [{ status: "failed", tests: [] }]), 1, 2, 1],
  ["a suite failed after its tests passed", report(2, 0, [{ status: "failed", tests: ["passed"] }]), 1, 2, 1],
  ["an error belonged to no test", report(2, 0), 1, 2, 1],
  ["no test ran", report(0, 0), 0, 0, 1],
  ["vitest crashed", null, 139, 0, 1],
])("counts a run in which %s", (_, text, exitCode, passed, failed) => {
  expect(countTests(text, exitCode)).toMatchObject({ passed, failed });
});

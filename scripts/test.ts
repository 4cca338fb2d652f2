/**
 * `npm test`: the checks, then every test, then a summary whose last line is `N passed, N failed`. With arguments (`npm test -- path`) it
 * gives them to vitest and leaves the checks out.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endChildrenWithUs, runNode } from "./children.ts";
import { countTests, type TestCount } from "./test-count.ts";

endChildrenWithUs();
const args = process.argv.slice(2);
const checked = args.length > 0 ? null : await runNode(["scripts/check.ts"], "now");
const { count, seconds } = await runTests(args);

if (checked) console.log(`${checked.code === 0 ? "ok    " : "FAILED"} checks   ${checked.seconds.toFixed(0)} s`);
console.log(`${count.failed === 0 ? "ok    " : "FAILED"} tests    ${seconds.toFixed(0)} s`);
for (const note of count.notes) console.log(note);
// Checks that failed are one failure, so that nobody who reads only the last line takes this for a pass.
const failed = count.failed + (checked && checked.code !== 0 ? 1 : 0);
console.log(`${count.passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function runTests(vitestArgs: readonly string[]): Promise<{ count: TestCount; seconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-test-"));
  try {
    const report = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code, seconds } = await runNode(["node_modules/vitest/vitest.mjs", "run", ...reporters, ...vitestArgs], "now");
    return { count: countTests(readReport(report), code), seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

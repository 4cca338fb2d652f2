/** What a run of vitest came to. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** What a reader must know beside the numbers. */
  readonly notes: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { name: string; status: string; assertionResults: readonly { status: string }[] }[];
}

/**
 * Counts so that a run that went wrong in any way has at least one failure: a file that could not be loaded has no tests that could fail,
 * an error outside of tests belongs to none, a crash leaves no report, and a run without tests proves nothing.
 *
 * @param report vitest's JSON report; null when it wrote none
 * @param exitCode of vitest
 */
export function countTests(report: string | null, exitCode: number): TestCount {
  if (report === null) return { passed: 0, failed: 1, notes: [`vitest wrote no report and ended with ${exitCode}`] };
  const { numPassedTests: passed, numFailedTests, testResults }: Report = JSON.parse(report);
  const broken = testResults.filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"));
  const notes = broken.map((file) => `failed as a whole: ${file.name}`);
  const failed = numFailedTests + broken.length;
  if (failed > 0) return { passed, failed, notes };
  if (exitCode !== 0) return { passed, failed: 1, notes: [`no test failed and yet vitest ended with ${exitCode}: its errors stand above`] };
  if (passed === 0) return { passed, failed: 1, notes: ["no test ran"] };
  return { passed, failed, notes };
}

/** Everything that is asked of the code without running it: `npm run check`. Exits 1 if one of the checks fails. */
import { availableParallelism } from "node:os";
import { endChildrenWithUs, runNode } from "./children.ts";

/** What each check is called, and the script of it. A package's own program is started by its file: `npx` would cost a second. */
const CHECKS: readonly { name: string; args: readonly string[] }[] = [
  { name: "types", args: ["node_modules/typescript/bin/tsc", "-p", "."] },
  { name: "format and lint", args: ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off"] },
  { name: "house", args: ["scripts/house.ts"] },
  { name: "docs/errors", args: ["scripts/error-docs.ts", "--check"] },
  { name: "stripe-events", args: ["scripts/stripe-event-docs.ts", "--check"] },
  { name: ".env.example", args: ["scripts/env-example.ts", "--check"] },
];

endChildrenWithUs();
const waiting = [...CHECKS];
const failures: string[] = [];
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, workThrough));
for (const failure of failures) console.log(`\n${failure.trimEnd()}`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function workThrough(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const { code, output, seconds } = await runNode(check.args, "later");
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${check.name.padEnd(15)} ${seconds.toFixed(1)} s`);
    if (code !== 0) failures.push(`--- ${check.name}\n${output}`);
  }
}

/** Writes docs/errors/README.md from the error catalogue; with `--check` it only says whether the file is as it would be written. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ErrorRow, errors } from "@gatehouse/contract";
import { resolutionFlow } from "../apps/resolutionflow/api/src/app.ts";
import { root } from "./children.ts";

const HEADER = `# Every refusal

Made by \`node scripts/error-docs.ts\` from the catalogues of errors. A refusal is \`application/problem+json\` (RFC 9457): \`code\` is what programs branch on and never
changes its meaning, \`title\` says what is wrong, \`detail\` what mends it; \`reason\`, \`problems\`, \`mend\` and times stand beside them where there is more to say.
\`type\` leads to the page of the code on the server itself.
`;

const table = (title: string, rows: Readonly<Record<string, ErrorRow>>): string =>
  [
    `## ${title}`,
    "",
    "| code | status | what is wrong | what mends it |",
    "|---|---|---|---|",
    ...Object.entries(rows).map(([code, row]) => `| \`${code}\` | ${row.status} | ${row.title} | ${row.mend.replaceAll("|", "\\|")} |`),
    "",
  ].join("\n");

if (import.meta.main) {
  const path = join(root, "docs/errors/README.md");
  const rendered = [HEADER, table("Gatehouse", errors), table(resolutionFlow.catalogue.productName, resolutionFlow.errors)].join("\n");
  if (!process.argv.includes("--check")) writeFileSync(path, rendered);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== rendered) {
    console.error("docs/errors/README.md is not what the catalogues say. Write it anew: node scripts/error-docs.ts");
    process.exitCode = 1;
  }
}

/** Writes .env.example from the config's own description; with `--check` it only says whether the file is as it would be written. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeConfig } from "@gatehouse/server/platform/config";
import { root } from "./children.ts";

type Variable = ReturnType<typeof describeConfig>[number];

const HEADER = `# Gatehouse's configuration, made by \`node scripts/env-example.ts\` from packages/server/src/platform/config.ts.
# Nothing needs to be set for the sandbox. Copy this file to .env and take the # from what you set: npm start and
# npm run gatehouse read .env, and what stands in the environment itself wins. \`npm run gatehouse config check\` tells what is wrong.
`;

/** @returns the whole file: a block a section, in the order of the description, every line a comment */
export function renderEnvExample(variables: readonly Variable[]): string {
  const sections = [...new Set(variables.map(({ section }) => section))];
  const blocks = sections.map((section) => {
    const own = variables.filter((variable) => variable.section === section);
    return `# ---- ${section} ----\n\n${own.map(renderVariable).join("\n\n")}\n`;
  });
  return [HEADER, ...blocks].join("\n");
}

function renderVariable({ name, description, default: value, example, secret, required }: Variable): string {
  const notes = [
    ...(required === "production" ? ["Required in production."] : []),
    ...(secret ? ["Secret."] : []),
    ...(value !== null && value !== "" && example !== undefined ? [`Default: ${value}`] : []),
  ];
  const said = [`${description.replace(/\.?$/, ".")}`, ...notes].join(" ");
  return `# ${said.replaceAll("\n", "\n# ")}\n# ${name}=${quote(example ?? value ?? "")}`;
}

/** A space or a # would end or cut the value when the file is read. */
function quote(value: string): string {
  return /[\s#'<>]/.test(value) ? JSON.stringify(value) : value;
}

if (import.meta.main) {
  const path = join(root, ".env.example");
  const rendered = renderEnvExample(describeConfig());
  if (!process.argv.includes("--check")) writeFileSync(path, rendered);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== rendered) {
    console.error(".env.example is not what the config describes. Write it anew: node scripts/env-example.ts");
    process.exitCode = 1;
  }
}

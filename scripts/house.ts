/**
 * Holds the house of ARCHITECTURE.md: who may import whom, what is said only in one place, how long a room may be. Prints each breach as
 * `file: why` and exits 1. It reads import lines and words, not meaning: an alias, a computed name or a clock behind a library pass unseen.
 * `house.test.ts` plants one breach of each kind. A tool was tried for it and passed everything (docs/adr/0007-the-house-is-checked-by-text.md).
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { longFunctions } from "./function-lengths.ts";
import {
  ABOUT_THE_HOUSE,
  ADAPTERS,
  AS_SYSTEM,
  FILE_LINES_MAX,
  FUNCTION_LINES_MAX,
  INNER_BARREL,
  MAY_IMPORT,
  OUTSIDE,
  OUTSIDE_THE_SERVER,
  PHRASES,
  SILENCED,
  TEST_MAY_IMPORT,
  VAGUE,
} from "./house-rules.ts";
import { readSource, type SourceText } from "./source-text.ts";

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);

/**
 * @param files path from the repository's root, with forward slashes -> text
 * @param asSystem the files that may call `asSystem(`; each must be among `files`
 * @returns one line a breach, `file: why`
 * @throws Error when there is no file: a check that reads nothing must not pass
 */
export function breaches(files: ReadonlyMap<string, string>, asSystem: readonly string[] = AS_SYSTEM): string[] {
  if (files.size === 0) throw new Error("read no file: a check that reads nothing must not pass");
  const found: string[] = [];
  const imports = new Map<string, string[]>();
  for (const [file, text] of files) {
    const source = readSource(text);
    const names = importedNames(source);
    imports.set(
      file,
      names.map((name) => resolve(file, name)).filter((name) => name !== null),
    );
    const why = [
      ...wrongImports(file, names),
      ...wrongPhrases(file, source, asSystem),
      ...(file.endsWith(".mjs") ? [] : longFunctions(source.code, FUNCTION_LINES_MAX, isTest(file))),
    ];
    if (text.trimEnd().split("\n").length > FILE_LINES_MAX) why.push(`over ${FILE_LINES_MAX} lines`);
    if (VAGUE.test(file)) why.push("a name that refuses nothing");
    if (INNER_BARREL.test(file)) why.push("a barrel inside a package");
    found.push(...why.map((reason) => `${file}: ${reason}`));
  }
  for (const file of asSystem) if (!files.has(file)) found.push(`${file}: is listed in AS_SYSTEM and does not exist`);
  return [...found, ...circles(imports)];
}

/** Breaches of a migration or other SQL file: the product's time is a parameter there too. */
export function sqlBreaches(files: ReadonlyMap<string, string>): string[] {
  const reads =
    /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(|\b(current_timestamp|current_date|localtimestamp)\b/i;
  const found: string[] = [];
  for (const [file, text] of files) {
    const code = text.replace(/--.*$|\/\*[\s\S]*?\*\//gm, "");
    if (reads.test(code)) found.push(`${file}: ask the clock: pass the time in`);
    if (/\bselect\s+\*/i.test(code)) found.push(`${file}: name the columns`);
  }
  return found;
}

/** `from "x"`, `import "x"`, `import("x")`, `export ... from "x"`; found in code with the strings blanked, so that SQL is not taken for one. */
function importedNames(source: SourceText): string[] {
  return [...source.code.matchAll(/\b(?:from|import)\s*\(?\s*(["'])( +)\1/dg)].flatMap((match) => {
    const place = match.indices?.[2];
    return place ? [source.text.slice(...place)] : [];
  });
}

/** The file of ours that a name means, or null for what comes from outside. `@gatehouse/server/platform/x` is a file like any other. */
function resolve(file: string, name: string): string | null {
  if (name.startsWith(".")) return join(dirname(file), name);
  const [, scope, part, deep] = /^@(gatehouse|resolutionflow)\/([\w-]+)(?:\/(.+))?$/.exec(name) ?? [];
  if (!scope || !part) return null;
  const folder = scope === "gatehouse" ? `packages/${part}/src` : `apps/${scope}/${part}/src`;
  return deep ? join(folder, deep.replace(/(\.ts)?$/, ".ts")) : join(folder, entryOf(scope, part));
}

function entryOf(scope: string, part: string): string {
  const named: Record<string, string> = { server: "server.ts", client: "client.ts", sandbox: "sandbox.ts", api: "app.ts" };
  return scope === "gatehouse" || part === "api" ? (named[part] ?? "index.ts") : "main.tsx";
}

/** The room of a file; null for one that is in none. */
function roomOf(file: string): string | null {
  const [top, second, third, fourth, ...deeper] = file.split("/");
  if (top === "packages" && second === "server") return deeper.length > 0 ? (fourth ?? null) : "server";
  if (top === "packages") return second ?? null;
  if (top === "apps") return third ?? null;
  return second === undefined ? "scripts" : (top ?? null);
}

function wrongImports(file: string, names: readonly string[]): string[] {
  const room = roomOf(file);
  const allowed = room === null ? undefined : MAY_IMPORT[room];
  if (room === null || allowed === undefined) return [`${room} is no room of the house: place it in scripts/house-rules.ts`];
  const forTest = isTest(file) && room !== "core" ? TEST_MAY_IMPORT : [];
  const why: string[] = [];
  for (const name of new Set(names)) {
    const target = resolve(file, name);
    const to = target === null ? null : roomOf(target);
    if (target === null) why.push(...wrongOutside(file, room, name));
    else if (to !== room && allowed !== "all" && (to === null || ![...allowed, ...forTest].includes(to)))
      why.push(`${room} may not import ${to}`);
  }
  return [...new Set(why)];
}

function wrongOutside(file: string, room: string, name: string): string[] {
  const testOnly = isTest(file) && /^(vitest|fast-check|node:.+)$/.test(name);
  const why = OUTSIDE[room]?.test(name) === false && !testOnly ? [`${room} may not import ${name}`] : [];
  for (const adapter of ADAPTERS)
    if (adapter.name.test(name) && !adapter.where.test(file) && !OUTSIDE_THE_SERVER.test(file)) why.push(adapter.why);
  if (/^(node:)?process$/.test(name) && !file.startsWith("scripts/")) why.push("process is a global: its environment is for config alone");
  return why;
}

function wrongPhrases(file: string, source: SourceText, asSystem: readonly string[]): string[] {
  if (ABOUT_THE_HOUSE.test(file)) return [];
  const why = SILENCED.test(source.text) ? ["a check is silenced: mend what it says"] : [];
  for (const phrase of PHRASES) {
    if (phrase.where.test(file) || (phrase.among && !phrase.among.test(file))) continue;
    if (/asSystem/.test(phrase.what.source) && asSystem.includes(file)) continue;
    if (phrase.what.test(phrase.inStrings ? source.uncommented : source.code)) why.push(phrase.why);
  }
  return why;
}

function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push(`${file}: circle ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

const SOURCES = ["{packages,apps,tests,bench,scripts}/**/*.{ts,tsx,mjs}", "*.ts"];

function read(patterns: string[]): Map<string, string> {
  const skipped = /(^|\/)(node_modules|dist|coverage)\/|\.gen\.|\.d\.ts$/;
  const names = globSync(patterns, { exclude: ["**/node_modules/**"] }).map((name) => name.replaceAll("\\", "/"));
  return new Map(
    names
      .filter((name) => !skipped.test(name))
      .sort()
      .map((name) => [name, readFileSync(name, "utf8")]),
  );
}

if (import.meta.main) {
  process.chdir(dirname(import.meta.dirname));
  const sources = read(SOURCES);
  const found = [...breaches(sources), ...sqlBreaches(read(["{packages,apps}/**/*.sql"]))];
  for (const line of found) console.error(line);
  console.log(`${sources.size} files, ${found.length} breaches`);
  process.exitCode = found.length > 0 ? 1 : 0;
}

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NotAsItMustBe } from "./must.ts";

const ENTRY = join(import.meta.dirname, "../../apps/resolutionflow/api/src/main.ts");
const ROOT = join(import.meta.dirname, "../..");

/** `gatehouse` beside a sandbox, as an operator types it. */
export interface CommandLine {
  /** @returns what it prints, line by line. @throws NotAsItMustBe when it ends otherwise than with `code` */
  run(words: readonly string[], code?: number): Promise<string[]>;
}

/** The folder where a sandbox of `npm start` in this checkout keeps its database, which runs; null: it is elsewhere. */
export function usualHome(env: Readonly<Record<string, string | undefined>>): string | null {
  const home = env["GATEHOUSE_HOME"] || join(ROOT, ".gatehouse");
  return existsSync(join(home, "postgres", "postmaster.pid")) ? home : null;
}

/** @param home the sandbox's folder @param env without what configures the product, as the sandbox's own */
export function openCommandLine(home: string, baseUrl: string, env: NodeJS.ProcessEnv): CommandLine {
  return {
    run: (words, code = 0) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [ENTRY, ...words], {
          env: { ...env, GATEHOUSE_HOME: home, PORT: new URL(baseUrl).port || "4000" },
          stdio: ["ignore", "pipe", "pipe"],
        });
        const told = { out: "", error: "" };
        child.stdout.setEncoding("utf8").on("data", (text: string) => (told.out += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (told.error += text));
        child.once("error", reject);
        child.once("close", (came) => {
          if (came === code) resolve(linesOf(code === 0 ? told.out : told.error));
          else reject(new NotAsItMustBe(`gatehouse ${words.join(" ")}`, `exit code ${code}`, `${came}: ${told.error || told.out}`));
        });
      }),
  };
}

/** Without what is said of the sandbox's database, which a command finds running. */
const linesOf = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("PostgreSQL"));

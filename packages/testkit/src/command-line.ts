import { runCli } from "@gatehouse/server/cli";
import type { CommandContext } from "@gatehouse/server/commands/context";
import type { Environment } from "@gatehouse/server/platform/config";
import type { TestDatabase } from "./database.ts";
import { testProduct } from "./test-product.ts";

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command line in process, for `testProduct`. Nothing can be started for it: it has the database of `env`, or none.
 * @param words separated by single spaces
 */
export async function runCommand(words: string, env: Environment = {}, parts: Partial<CommandContext> = {}): Promise<CommandRun> {
  const said = { stdout: "", stderr: "" };
  const context: CommandContext = {
    product: testProduct,
    env,
    startStandIns: () => Promise.reject(new Error("nothing may be started")),
    assertPortFree: () => Promise.resolve(),
    print: (text) => {
      said.stdout += `${text}\n`;
    },
    printError: (text) => {
      said.stderr += `${text}\n`;
    },
    showStacks: true,
    untilStopped: () => new Promise(() => undefined),
    ...parts,
  };
  return { code: await runCli(context, words === "" ? [] : words.split(" ")), ...said };
}

/** The environment of a command that works on a database, with no sandbox around it. */
export const environmentOf = (database: Pick<TestDatabase, "serverUrl" | "ownerUrl">): Record<string, string> => ({
  NODE_ENV: "test",
  SANDBOX: "off",
  SELF_SERVE_ENABLED: "true",
  GATEHOUSE_SECRET: "the secret of tests, which is no secret",
  DATABASE_URL: database.serverUrl,
  DATABASE_OWNER_URL: database.ownerUrl,
});

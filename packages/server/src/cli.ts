import { parseArgs } from "node:util";
import { UserError } from "./cli-error.ts";
import { COMMANDS } from "./commands/commands.ts";
import type { Command, CommandContext } from "./commands/context.ts";
import { ConfigError } from "./platform/config.ts";

/** 0: done. 1: it could not be done, and why is on stderr. 2: the command's words are wrong. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs one command line.
 * @param argv what follows the program's name
 * @returns the exit code; everything has been printed
 */
export async function runCli(context: CommandContext, argv: readonly string[]): Promise<ExitCode> {
  const [first = "--help"] = argv;
  if (first === "--help" || first === "-h" || first === "help") return say(context, overview());
  const command = find(argv);
  if (!command) {
    const typed = argv.filter((word) => !word.startsWith("-")).join(" ");
    return usage(context, typed === "" ? "A command comes first." : `There is no command "${typed}".`, argv.includes("--json"));
  }
  const words = argv.slice(command.name.split(" ").length);
  if (words.includes("--help") || words.includes("-h")) return say(context, help(command));
  try {
    const { values, positionals } = parseArgs({
      args: words,
      options: { json: { type: "boolean" }, ...command.options },
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length !== command.positionals.length) {
      return usage(
        context,
        `gatehouse ${command.name} takes ${command.positionals.length === 0 ? "no words" : command.positionals.join(" ")}.`,
        values["json"] === true,
      );
    }
    const result = await command.run(context, positionals, values);
    if (result) context.print(values["json"] === true ? JSON.stringify(result.data) : result.text);
    return result?.failed ? 1 : 0;
  } catch (error) {
    return explain(context, error, words.includes("--json"));
  }
}

const find = (argv: readonly string[]): Command | undefined =>
  COMMANDS.find((command) => {
    const words = command.name.split(" ");
    return words.every((word, index) => argv[index] === word) || (words.length === 1 && command.alias === argv[0]);
  });

function explain(context: CommandContext, error: unknown, asJson: boolean): ExitCode {
  const isUsage = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (isUsage) return usage(context, error.message, asJson);
  const message = error instanceof Error ? error.message : String(error);
  context.printError(
    asJson ? JSON.stringify({ error: message, ...(error instanceof ConfigError ? { problems: error.problems } : {}) }) : message,
  );
  // What is not the user's to mend is ours: then the stack helps whoever gets the report.
  if (!asJson && !(error instanceof UserError || error instanceof ConfigError) && error instanceof Error && context.showStacks)
    context.printError(error.stack ?? "");
  return 1;
}

function say(context: CommandContext, text: string): ExitCode {
  context.print(text);
  return 0;
}
function usage(context: CommandContext, problem: string, asJson: boolean): ExitCode {
  context.printError(asJson ? JSON.stringify({ error: problem }) : `${problem}\n\n${overview()}`);
  return 2;
}

const overview = (): string => {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    "gatehouse: self-serve sign-up, teams and billing of a multi-tenant product",
    "",
    ...COMMANDS.map((command) => `  gatehouse ${command.name.padEnd(width)}  ${command.summary}`),
    "",
    "  --help after a command tells more; --json prints for machines.",
    "  Exit codes: 0 done, 1 it could not be done, 2 the words are wrong.",
  ].join("\n");
};

const help = (command: Command): string =>
  [
    `gatehouse ${[command.name, ...command.positionals].join(" ")}`,
    "",
    command.summary,
    ...(command.details ? ["", command.details] : []),
    "",
    ...Object.entries(command.options).map(([name, option]) => `  --${name.padEnd(12)}  ${option.description}`),
    "  --json          prints for machines",
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");

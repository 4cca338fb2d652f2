import { configCheck } from "./config-check.ts";
import type { CommandContext } from "./context.ts";
import { migrateCommand } from "./migrate.ts";
import { operatorGrant, operatorRevoke } from "./operator.ts";
import { serveCommand } from "./serve.ts";
import { settingsSet, settingsShow } from "./settings.ts";
import { rotateKeys } from "./signing-keys.ts";

export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
/** What a command found or did: for people and for machines. */
export interface CommandResult {
  readonly text: string;
  readonly data: unknown;
  /** The command ran, and its answer is no: exit code 1. */
  readonly failed?: boolean;
}
export interface Command {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly details?: string;
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, { type: "string" | "boolean"; description: string }>>;
  readonly examples: readonly string[];
  run(context: CommandContext, positionals: readonly string[], options: OptionValues): Promise<CommandResult | null>;
}

export const COMMANDS: readonly Command[] = [
  serveCommand,
  migrateCommand,
  configCheck,
  operatorGrant,
  operatorRevoke,
  settingsShow,
  settingsSet,
  rotateKeys,
];

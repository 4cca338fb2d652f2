import type { FastifyInstance } from "fastify";
import type { Origin } from "../platform/audit.store.ts";
import type { Clock } from "../platform/clock.ts";
import type { Environment } from "../platform/config.ts";
import type { Gatehouse, Product } from "../server.ts";

/** What plays the outside where it is not configured; loaded only when asked for, and never in production. */
export interface StandInParts {
  readonly variables: Readonly<Record<string, string>>;
  /** Hangs the sandbox's pages on the server, and has Stripe's events sent to it. */
  extend(http: FastifyInstance, gatehouse: Pick<Gatehouse, "app" | "moveClock" | "settle">): Promise<void>;
  stop(): Promise<void>;
}
/** What is played; the rest is real or dark. */
export type PlayedParts = Readonly<Record<"database" | "mail" | "stripe" | "google" | "microsoft", boolean>>;
export interface StandInRequest {
  readonly home: string;
  readonly parts: PlayedParts;
  /** false: another process of this sandbox has the mailbox, Stripe and the sign-in providers. */
  readonly holdsMailbox: boolean;
  /** Where a browser reaches the server; null: nobody serves. */
  readonly baseUrl: string | null;
  /** Where programs of this machine reach it; null: nobody serves. */
  readonly origin: string | null;
  readonly clock: Clock;
}

/** Everything that a command can have an effect through. */
export interface CommandContext {
  readonly product: Product;
  readonly env: Environment;
  startStandIns(request: StandInRequest): Promise<StandInParts>;
  /** @throws Error in plain words when the port cannot be had */
  assertPortFree(host: string, port: number): Promise<void>;
  print(text: string): void;
  printError(text: string): void;
  /** Draws over the last line of the terminal that standard error is; absent: it is none. */
  readonly overwrite?: ((line: string) => void) | undefined;
  readonly showStacks: boolean;
  /** Resolves when the process is asked to end. */
  untilStopped(): Promise<void>;
}

/** Who did it, in the audit of what a command does. */
export const COMMAND_LINE = "gatehouse command line";
export const AT_COMMAND_LINE: Origin = { ip: null, userAgent: COMMAND_LINE };

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

import { claimPastCards, countAccountsWithoutCards } from "../billing/claim-past-cards.ts";
import { UserError } from "../cli-error.ts";
import {
  addRemembered,
  auditRemembered,
  countPastTrials,
  NOTHING_REMEMBERED,
  type PastTrialCounts,
  rememberTrials,
  type WouldHold,
} from "../journeys/remember-trials.ts";
import { COMMAND_LINE, type Command, type CommandContext, type CommandResult } from "./context.ts";
import { stopAsked } from "./cutover.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainStripeErrors } from "./plain-stripe-errors.ts";
import { openProgress } from "./progress.ts";
import { countOption } from "./read-options.ts";

/** Accounts in one transaction. */
const BATCH = { min: 1, max: 5000, otherwise: 1000 };
/** Customers whose cards are asked for between two looks at whether to stop. */
const CARDS_BATCH = 20;

export const trialBackfill: Command = {
  name: "trial backfill",
  summary: "Remember the trials of accounts that had one before trials were remembered",
  details:
    "For each account that ever had a trial: the address, company and sign-in providers of who has owned it the longest, as sign-up remembers\nthem, dated at the trial's start; then the cards that customers have at Stripe. Nobody loses anything by it: it decides about the trials of\nwho signs up from now on. In batches of one short transaction each: Ctrl-C ends after the batch under way, and the same words go on.\nDone twice, it changes nothing. After a change of GATEHOUSE_SECRET it remembers again whoever is still there.",
  positionals: [],
  options: {
    batch: { type: "string", description: `accounts in one transaction, ${BATCH.min} to ${BATCH.max}; otherwise ${BATCH.otherwise}` },
    "dry-run": { type: "boolean", description: "counts what would become of each account's trial, and changes nothing" },
  },
  examples: ["gatehouse trial backfill --dry-run", "gatehouse trial backfill", "gatehouse trial backfill --json"],
  run(context, _positionals, options) {
    const limit = countOption(options, "batch", BATCH);
    const isDry = options["dry-run"] === true;
    const work = (parts: ToolParts): Promise<CommandResult> => {
      if (parts.config.trialAbuse === null) throw new UserError("TRIAL_ABUSE is off: every account gets a trial, and none is remembered.");
      return plainStripeErrors(() => remember(context, parts, limit, isDry), "What was done is kept. Run it again.");
    };
    return withParts(context, work, { stripe: true });
  },
};

interface Done {
  readonly counts: PastTrialCounts;
  /** Customers whose cards were asked for, or would be; null: Stripe is not configured. */
  readonly customers: number | null;
  readonly isDone: boolean;
}

async function remember(context: CommandContext, parts: ToolParts, limit: number, isDry: boolean): Promise<CommandResult> {
  const stop = stopAsked(context);
  const trials = await takeTrials(context, parts, stop, limit, isDry ? new Map() : null);
  if (isDry) return report({ ...trials, customers: parts.stripe.configured ? await countAccountsWithoutCards(parts) : null }, true);
  if (trials.counts.remembered > 0) await auditRemembered(parts, trials.counts, COMMAND_LINE);
  if (!parts.stripe.configured) return report({ ...trials, customers: null }, false);
  const cards = trials.isDone ? await takeCards(context, parts, stop) : { customers: 0, isDone: false };
  return report({ ...trials, ...cards }, false);
}

type Stop = ReturnType<typeof stopAsked>;

async function takeTrials(
  context: CommandContext,
  parts: ToolParts,
  stop: Stop,
  limit: number,
  dryRun: WouldHold | null,
): Promise<Pick<Done, "counts" | "isDone">> {
  const progress = openProgress(context, "trials", await countPastTrials(parts));
  let counts = NOTHING_REMEMBERED;
  let last: string | null = null;
  let done = 0;
  do {
    const page = await rememberTrials(parts, last, limit, dryRun);
    counts = addRemembered(counts, page.counts);
    last = page.last;
    done = Object.values(counts).reduce((sum, count) => sum + count, 0);
    progress.at(done);
  } while (last !== null && !stop.isAsked());
  progress.end();
  return { counts, isDone: last === null };
}

async function takeCards(context: CommandContext, parts: ToolParts, stop: Stop): Promise<{ customers: number; isDone: boolean }> {
  // Of a card that another account's trial is remembered by, operators are told by mail.
  await parts.jobs.start();
  const progress = openProgress(context, "customers' cards", await countAccountsWithoutCards(parts));
  let customers = 0;
  let last: string | null = null;
  do {
    const accounts: readonly string[] = await claimPastCards(parts, last, CARDS_BATCH);
    last = accounts.at(-1) ?? null;
    customers += accounts.length;
    progress.at(customers);
  } while (last !== null && !stop.isAsked());
  progress.end();
  return { customers, isDone: last === null };
}

function report({ counts, customers, isDone }: Done, isDry: boolean): CommandResult {
  const would = isDry ? "would be " : "";
  const text = [
    ...(isDry ? ["A dry run: nothing was changed."] : []),
    `${number(counts.remembered)} trials ${would}remembered; ${number(counts.known)} were remembered before.`,
    `${number(counts.held_by_others)} are of people and companies whose trial is remembered with another account.`,
    `${number(counts.nobody_left)} are of accounts that nobody owns any more.`,
    customers === null
      ? "Stripe: not configured, so cards were not looked at."
      : `The cards of ${number(customers)} customers ${isDry ? "would be" : "were"} asked for at Stripe.`,
    ...(isDone ? [] : ["Stopped. The same words go on: gatehouse trial backfill"]),
  ];
  const data = { ...(isDry ? { dry_run: true } : {}), done: isDone, counts, customers };
  return { text: text.join("\n"), data, ...(isDone ? {} : { failed: true }) };
}

const number = (value: number): string => value.toLocaleString("en");

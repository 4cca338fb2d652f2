import { addDays } from "@gatehouse/core";
import { type RefusalSum, sumRefusals } from "../access/guard-refusals.store.ts";
import { UserError } from "../cli-error.ts";
import type { Command, CommandResult } from "./context.ts";
import { withParts } from "./open-parts.ts";

/** Counts are not kept for longer. */
const DAYS_MAX = 90;
const DAYS_DEFAULT = 30;

export const accessShadow: Command = {
  name: "access shadow",
  summary: "Show whom guards in shadow would have refused",
  details:
    "While GUARDS_SHADOW is set, guards let pass and count: by guard and reason (of requireFeature by flag), how many accounts, and how many of those pay at Stripe.\nWhat was counted is stored once a minute, and kept for 90 days.",
  positionals: [],
  options: { days: { type: "string", description: `how many days back, 1 to ${DAYS_MAX}; default ${DAYS_DEFAULT}` } },
  examples: ["gatehouse access shadow", "gatehouse access shadow --days 7 --json"],
  run: (context, _positionals, options) => {
    const days = daysOf(options["days"]);
    return withParts(context, async ({ clock, config, db }): Promise<CommandResult> => {
      const since = addDays(clock.now(), 1 - days)
        .toISOString()
        .slice(0, 10);
      const sums = await db.asSystem("guards in shadow counted over many accounts", (tx) => sumRefusals(tx, since));
      return {
        text: [
          `In shadow now: ${config.guardsShadow.length === 0 ? "no guard" : config.guardsShadow.join(", ")}`,
          ...(sums.length === 0 ? [`Since ${since} nobody would have been refused.`] : sums.map(say)),
        ].join("\n"),
        data: { in_shadow: config.guardsShadow, since, refusals: sums.map(asData) },
      };
    });
  },
};

function daysOf(given: unknown): number {
  if (given === undefined) return DAYS_DEFAULT;
  const days = typeof given === "string" && /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (days < 1 || days > DAYS_MAX) throw new UserError(`--days is a whole number from 1 to ${DAYS_MAX}, not "${String(given)}".`);
  return days;
}

const say = ({ guard, reason, refusals, accounts, paying, firstAt, lastAt }: RefusalSum): string =>
  `${guard} ${reason}: ${refusals} times, ${accounts} accounts, ${paying} of them pay; from ${firstAt.toISOString()} to ${lastAt.toISOString()}`;

const asData = ({ guard, reason, refusals, accounts, paying, firstAt, lastAt }: RefusalSum) => ({
  guard,
  reason,
  refusals,
  accounts,
  paying_accounts: paying,
  first_at: firstAt,
  last_at: lastAt,
});

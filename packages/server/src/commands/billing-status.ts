import { type BillingStatus, billingStatus as readStatus } from "../billing/billing-status.ts";
import type { OpenRefund } from "../billing/duplicates.store.ts";
import type { Reconciliation } from "../billing/reconciliations.store.ts";
import type { Command, CommandResult } from "./context.ts";
import { withParts } from "./open-parts.ts";
import { eventAsData, sayAge, sayEvent } from "./say-billing.ts";

export const billingStatus: Command = {
  name: "billing status",
  summary: "Show how far we may be behind Stripe",
  details:
    "The last event, the oldest that is not done, what became of the others, the last reconciliations, and what is to be refunded. Reads our\nown tables; Stripe is not asked. applied, unchanged, recorded and ignored are of the last 30 days; the others of whatever age.",
  positionals: [],
  options: {},
  examples: ["gatehouse billing status", "gatehouse billing status --json"],
  run: (context) =>
    withParts(context, async (parts): Promise<CommandResult> => {
      const status = await readStatus(parts);
      return { text: say(status).join("\n"), data: asData(status) };
    }),
};

function say({ at, lastEvent, oldestOpen, outcomes, troubled, reconciliations, refunds }: BillingStatus): string[] {
  const counts = outcomes.map(({ outcome, count }) => `${outcome} ${count}`).join(", ");
  return [
    `Last event        ${lastEvent === null ? "none ever came" : `${sayAge(lastEvent.createdAt, at)} ago: ${sayEvent(lastEvent)}`}`,
    `Oldest not done   ${oldestOpen === null ? "none" : `${sayAge(oldestOpen.receivedAt, at)}: ${sayEvent(oldestOpen)}`}`,
    `Events            ${counts === "" ? "none" : counts}`,
    ...(troubled.length === 0 ? [] : ["To look at", ...troubled.map((event) => `  ${sayEvent(event)}`)]),
    ...(reconciliations.length === 0
      ? ["Reconciliations   none yet"]
      : ["Reconciliations", ...reconciliations.map((run) => `  ${sayRun(run)}`)]),
    `To be refunded    ${refunds.length === 0 ? "none" : `${refunds.length} (gatehouse billing refunds)`}`,
  ];
}

function sayRun({ scope, stage, startedAt, finishedAt, counts, trouble }: Reconciliation): string {
  const state = finishedAt === null ? `at ${stage}${trouble === null ? "" : `, which stands still: ${trouble}`}` : "done";
  const found = [
    `${counts.eventsNew} of ${counts.eventsSeen} events new`,
    ...(scope === "all" ? [`${counts.changed} of ${counts.seen} subscriptions changed`] : []),
    ...(["unmatched", "quarantined", "missing", "failed"] as const).flatMap((name) =>
      counts[name] > 0 ? [`${counts[name]} ${name}`] : [],
    ),
  ];
  return `${startedAt.toISOString()} ${scope}: ${state}; ${found.join(", ")}`;
}

const asData = ({ at, lastEvent, oldestOpen, outcomes, troubled, reconciliations, refunds }: BillingStatus) => ({
  at,
  last_event: lastEvent === null ? null : { ...eventAsData(lastEvent), age_seconds: ageSeconds(lastEvent.createdAt, at) },
  oldest_unprocessed: oldestOpen === null ? null : { ...eventAsData(oldestOpen), age_seconds: ageSeconds(oldestOpen.receivedAt, at) },
  outcomes: Object.fromEntries(outcomes.map(({ outcome, count }) => [outcome, count])),
  to_look_at: troubled.map(eventAsData),
  reconciliations: reconciliations.map(({ id, scope, stage, startedAt, finishedAt, counts, trouble }) => ({
    id,
    scope,
    stage,
    started_at: startedAt,
    finished_at: finishedAt,
    trouble,
    counts,
  })),
  refunds: refunds.map(refundAsData),
});

export const refundAsData = ({ id, keptId, accountId, flaggedAt, canceledAt }: OpenRefund) => ({
  subscription_id: id,
  kept_subscription_id: keptId,
  account_id: accountId,
  flagged_at: flaggedAt,
  canceled_at: canceledAt,
});

const ageSeconds = (since: Date, at: Date): number => Math.max(0, Math.floor((at.getTime() - since.getTime()) / 1000));

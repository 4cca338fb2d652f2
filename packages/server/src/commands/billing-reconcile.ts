import type { ReconciliationScope } from "@gatehouse/core";
import { previewReconciliation } from "../billing/preview-reconciliation.ts";
import type { ReconciliationChange } from "../billing/reconciliation-changes.store.ts";
import type { Reconciliation, ReconciliationCounts } from "../billing/reconciliations.store.ts";
import { runReconciliation } from "../billing/run-reconciliation.ts";
import { UserError } from "../cli-error.ts";
import type { Command, CommandContext, CommandResult } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainStripeErrors } from "./plain-stripe-errors.ts";
import { changeAsData, eventAsData, sayChange, sayEvent } from "./say-billing.ts";

export const billingReconcile: Command = {
  name: "billing reconcile",
  summary: "Heal from Stripe what no webhook brought",
  details:
    "Events that never came since the last run (Stripe keeps 30 days), then every subscription, canceled ones too. The server does this by\nitself (RECONCILE_MINUTES); a run that is open is gone on with. It may be broken off anywhere and run again.\nA subscription that Stripe does not know is told of, and stays as it is.",
  positionals: [],
  options: {
    "events-only": { type: "boolean", description: "only the events, not every subscription" },
    "dry-run": { type: "boolean", description: "says what would be changed, and changes nothing" },
  },
  examples: ["gatehouse billing reconcile", "gatehouse billing reconcile --events-only", "gatehouse billing reconcile --dry-run --json"],
  run: (context, _positionals, options) => {
    const scope: ReconciliationScope = options["events-only"] === true ? "events" : "all";
    const isDry = options["dry-run"] === true;
    const work = (parts: ToolParts): Promise<CommandResult> => {
      if (!parts.stripe.configured) throw new UserError("Stripe is not configured (STRIPE_SECRET_KEY): there is nothing to compare with.");
      return plainStripeErrors(() => (isDry ? preview(parts, scope) : reconcile(context, parts, scope)), isDry ? "Run it again." : KEPT);
    };
    return withParts(context, work, { stripe: true });
  },
};

const KEPT = "What was done is kept, and the workers go on with the rest.";

async function reconcile(context: CommandContext, parts: ToolParts, scope: ReconciliationScope): Promise<CommandResult> {
  await parts.jobs.start();
  const report = await runReconciliation(parts, scope, (run) => context.printError(sayProgress(run)));
  const { run, wasOpen, events, changes } = report;
  const text = [
    ...(wasOpen ? [`Gone on with the run that began at ${run.startedAt.toISOString()}.`] : []),
    sayEvents(run.counts, "new"),
    ...events.map((event) => `  ${sayEvent(event)}`),
    ...(run.scope === "all" ? saySubscriptions(run.counts, changes, "changed") : []),
  ];
  const data = { run: asData(run), events: events.map(eventAsData), changes: changes.map(changeAsData) };
  return { text: text.join("\n"), data, ...(run.counts.failed > 0 ? { failed: true } : {}) };
}

async function preview(parts: ToolParts, scope: ReconciliationScope): Promise<CommandResult> {
  const { counts, newEvents, changes } = await previewReconciliation(parts, scope);
  const text = [
    "A dry run: nothing was changed.",
    sayEvents(counts, "new"),
    ...newEvents.map((id) => `  ${id}`),
    ...(scope === "all" ? saySubscriptions(counts, changes, "would change") : []),
  ];
  return {
    text: text.join("\n"),
    data: { dry_run: true, counts: countsAsData(counts), new_events: newEvents, changes: changes.map(changeAsData) },
  };
}

const sayProgress = ({ stage, counts }: Reconciliation): string =>
  `${stage}: ${counts.eventsSeen} events, ${counts.seen} subscriptions looked at`;

const sayEvents = (counts: ReconciliationCounts, word: string): string =>
  `Events: ${counts.eventsSeen} looked at, ${counts.eventsNew} ${word}.`;

function saySubscriptions(counts: ReconciliationCounts, changes: readonly ReconciliationChange[], word: string): string[] {
  const rest = (["unmatched", "quarantined", "missing", "failed"] as const).filter((name) => counts[name] > 0);
  const also = rest.map((name) => `, ${counts[name]} ${name === "missing" ? "missing at Stripe" : name}`).join("");
  return [
    `Subscriptions: ${counts.seen} looked at, ${counts.changed} ${word}${also}.`,
    ...changes.flatMap(sayChange).map((line) => `  ${line}`),
  ];
}

const asData = (run: Reconciliation) => ({
  id: run.id,
  scope: run.scope,
  started_at: run.startedAt,
  finished_at: run.finishedAt,
  ...countsAsData(run.counts),
});
const countsAsData = (counts: ReconciliationCounts) => ({
  events_seen: counts.eventsSeen,
  events_new: counts.eventsNew,
  subscriptions_seen: counts.seen,
  subscriptions_changed: counts.changed,
  subscriptions_unmatched: counts.unmatched,
  subscriptions_quarantined: counts.quarantined,
  subscriptions_missing: counts.missing,
  subscriptions_failed: counts.failed,
});

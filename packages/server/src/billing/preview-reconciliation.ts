import type { Observation, ReconciliationScope } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { StripeCalls } from "../platform/stripe.ts";
import { nextEventsSince } from "./begin-reconciliation.ts";
import { unknownEvents } from "./event-ledger.store.ts";
import type { ReadParts } from "./read-from-stripe.ts";
import { missingAtStripe, PAGE_SECONDS } from "./reconcile.ts";
import { settlePage } from "./reconcile-page.ts";
import type { ReconciliationChange } from "./reconciliation-changes.store.ts";
import { NO_COUNTS, type ReconciliationCounts } from "./reconciliations.store.ts";
import { listUnconfirmed } from "./subscriptions.store.ts";

type Parts = ReadParts & Pick<App, "db">;

export interface Preview {
  readonly counts: ReconciliationCounts;
  readonly newEvents: readonly string[];
  readonly changes: readonly ReconciliationChange[];
}

/** Higher than any that was taken: what is read now is newer than whatever is stored. */
const NEWEST_TICKET = Number.MAX_SAFE_INTEGER;
const UNLISTED_PAGE = 50;

/**
 * What a reconciliation would find and change. Each subscription is settled as it would be, and the transaction undone.
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function previewReconciliation(app: Parts, scope: ReconciliationScope): Promise<Preview> {
  const sum = { counts: { ...NO_COUNTS }, newEvents: [] as string[], changes: [] as ReconciliationChange[] };
  const add = async (observations: readonly Observation[]): Promise<void> => {
    const { counts, changes, notes } = await settlePage(app, { observations, ticket: NEWEST_TICKET }, null);
    for (const name of COUNTED) sum.counts[name] += counts[name];
    sum.counts.changed += changes.length;
    sum.changes.push(...changes, ...notes);
  };
  await lookAtEvents(app, (seen, unknown) => {
    sum.counts.eventsSeen += seen;
    sum.newEvents.push(...unknown);
  });
  sum.counts.eventsNew = sum.newEvents.length;
  if (scope === "events") return sum;
  const listed = await lookAtSubscriptions(app, add);
  for await (const found of lookAtUnlisted(app, listed)) {
    if ("observation" in found) await add([found.observation]);
    else {
      sum.counts.missing += 1;
      sum.changes.push(found.missing);
    }
  }
  return sum;
}

const COUNTED = ["seen", "unmatched", "quarantined", "failed"] as const;

async function lookAtEvents(app: Parts, tell: (seen: number, unknown: readonly string[]) => void): Promise<void> {
  const since = await app.db.asSystem("a dry run: all accounts", (tx) => nextEventsSince(app, tx));
  let before: string | null = null;
  do {
    const calls: StripeCalls = await app.stripe.calls(PAGE_SECONDS);
    const page: Awaited<ReturnType<StripeCalls["listEvents"]>> = await calls.listEvents({ after: null, before, since });
    const ids = page.events.map(({ id }) => id);
    tell(ids.length, await app.db.asSystem("a dry run: all accounts", (tx) => unknownEvents(tx, ids)));
    before = page.hasMore ? (ids.at(-1) ?? null) : null;
  } while (before !== null);
}

/** @returns the ids of all that Stripe's list shows */
async function lookAtSubscriptions(app: Parts, add: (observations: readonly Observation[]) => Promise<void>): Promise<ReadonlySet<string>> {
  const listed = new Set<string>();
  let after: string | null = null;
  do {
    const calls: StripeCalls = await app.stripe.calls(PAGE_SECONDS);
    const page: Awaited<ReturnType<StripeCalls["readSubscriptionPage"]>> = await calls.readSubscriptionPage(after);
    for (const { subscription } of page.observations) listed.add(String(Object(subscription)["id"]));
    await add(page.observations);
    after = page.next;
  } while (after !== null);
  return listed;
}

async function* lookAtUnlisted(
  app: Parts,
  listed: ReadonlySet<string>,
): AsyncGenerator<{ observation: Observation } | { missing: ReconciliationChange }> {
  let after: string | null = null;
  do {
    const from: string | null = after;
    const rows: { accountId: string; id: string }[] = await app.db.asSystem("a dry run: all accounts", (tx) =>
      listUnconfirmed(tx, { ticket: NEWEST_TICKET, after: from }, UNLISTED_PAGE),
    );
    const calls = await app.stripe.calls(PAGE_SECONDS);
    for (const { accountId, id } of rows) {
      if (listed.has(id)) continue;
      const observation = await calls.readSubscription(id);
      yield observation === null ? { missing: missingAtStripe(app, accountId, id) } : { observation };
    }
    after = rows.length === UNLISTED_PAGE ? (rows.at(-1)?.id ?? null) : null;
  } while (after !== null);
}

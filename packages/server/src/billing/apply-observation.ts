import {
  type Catalogue,
  decideDuplicates,
  noticesOf,
  type Observation,
  type PriceBook,
  recordOf,
  replacesGrants,
  type SubscriptionAlarm,
  type SubscriptionRecord,
} from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { type FactChange, recordFact, recordFacts } from "../access/history.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { endReservation, lockCustomer } from "./billing-customers.store.ts";
import { flagDuplicate, listDuplicates } from "./duplicates.store.ts";
import { endGrants } from "./grants.store.ts";
import { detailsOfNotice } from "./notice-details.ts";
import {
  confirmSubscription,
  insertObservation,
  listSubscriptions,
  type StoredSubscription,
  storeSubscription,
} from "./subscriptions.store.ts";
import { tell } from "./tell.ts";
import { endTrial } from "./trials.store.ts";

type Parts = Pick<App, "clock" | "ids" | "jobs" | "signals" | "log" | "catalogue">;

/** Something that was read from Stripe. The ticket was taken before the reading began. */
export interface Reading {
  readonly observation: Observation;
  readonly ticket: number;
  /** What made us look: `stripe.customer.subscription.updated`, `reconciliation`. */
  readonly cause: string;
}
/** `stale`: a newer reading was applied already. */
export type Applied = "applied" | "unchanged" | "stale";

/**
 * Makes what was read from Stripe the account's fact, where no newer reading did: the one place that writes subscriptions (law 3).
 *
 * Whatever follows from the fact stands or falls with it: the observation, the history, the end of trial and grant, the flag on a
 * subscription too many, the mails.
 */
export async function applyObservation(app: Parts, tx: Tx, accountId: string, reading: Reading, book: PriceBook): Promise<Applied> {
  const now = app.clock.now();
  const customer = await lockCustomer(tx, accountId, now);
  const stored = await listSubscriptions(tx, accountId);
  const id = String(Object(reading.observation.subscription)["id"]);
  const previous = stored.find((one) => one.record.id === id) ?? null;
  if (previous !== null && previous.ticket >= reading.ticket) return "stale";
  const read = recordOf(reading.observation, book, previous?.record ?? null, now);
  if (read === null) throw new Error("Stripe answered with something that is no subscription");
  const { record, alarms } = read;
  const isChanged = previous === null || !isSame(previous.record, record);
  if (isChanged) {
    if (!(await storeSubscription(tx, accountId, record, reading.ticket))) return "stale";
    await keep(app, tx, accountId, reading, record, previous?.record ?? null);
    if (replacesGrants(record, previous?.record ?? null)) await replaceUnpaid(app, tx, accountId, record);
    if (customer.reservation !== null && isLive(record) && previous === null) await endReservation(tx, accountId, customer.attempt);
    await flagDuplicates(app, tx, accountId, [...stored.filter((one) => one !== previous).map((one) => one.record), record]);
    await factsChanged(app, tx, `account:${accountId}`);
  } else await confirmSubscription(tx, accountId, id, reading.ticket);
  sound(app, accountId, record, alarms, previous);
  const alarmNotices = alarms.map((alarm) => ({ key: `alarm:${id}:${alarm}`, kind: `operator_${alarm}`, details: { subscription: id } }));
  const notices = noticesOf(record, now).map((notice) => ({ ...notice, details: detailsOfNotice(record) }));
  await tell(app, tx, accountId, [...(await worthTelling(tx, accountId, id, notices)), ...alarmNotices]);
  return isChanged ? "applied" : "unchanged";
}

/** Two records of the same facts: compared as JSON, for dates are objects. */
export function isSame(a: SubscriptionRecord, b: SubscriptionRecord): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(record: SubscriptionRecord): unknown {
  const { openInvoice, ...rest } = record;
  const inOrder = (object: object): unknown[] => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  return [inOrder(rest), openInvoice === null ? null : inOrder(openInvoice)];
}

async function keep(
  app: Parts,
  tx: Tx,
  accountId: string,
  reading: Reading,
  record: SubscriptionRecord,
  previous: SubscriptionRecord | null,
): Promise<void> {
  const now = app.clock.now();
  const { ticket, cause, observation } = reading;
  await insertObservation(tx, { accountId, id: app.ids.next(), subscriptionId: record.id, ticket, cause, observation, observedAt: now });
  await recordFact(app, tx, {
    accountId,
    kind: "stripe_subscription",
    subjectId: record.id,
    value: historyValueOf(record),
    validFrom: validFrom(record, previous, now),
    cause,
  });
}

/** What the history keeps of a subscription: what decides access. */
export function historyValueOf(record: SubscriptionRecord): NonNullable<FactChange["value"]> {
  return {
    status: record.status,
    plan: record.plan,
    seats: record.seats,
    current_period_end: record.currentPeriodEnd?.toISOString() ?? null,
    cancel_at_period_end: record.cancelAtPeriodEnd,
    ends_at: record.endsAt?.toISOString() ?? null,
    trial_ends_at: record.trialEndsAt?.toISOString() ?? null,
    past_due_since: record.pastDueSince?.toISOString() ?? null,
    collection_paused: record.collectionPaused,
    changed_at: record.changedAt.toISOString(),
  };
}

/** Stripe tells since when a status holds, but not when one came back: that is known no better than by when we saw it. */
function validFrom(record: SubscriptionRecord, previous: SubscriptionRecord | null, now: Date): Date {
  if (previous === null) return record.changedAt;
  return previous.status !== record.status && record.changedAt > previous.changedAt ? record.changedAt : now;
}

/** Who begins to pay goes on as one that pays: the trial and the grant are not there any more when the subscription ends (L3). */
async function replaceUnpaid(app: Parts, tx: Tx, accountId: string, record: SubscriptionRecord): Promise<void> {
  const now = app.clock.now();
  const ended = [
    ...(await endTrial(tx, accountId, now)).map((trial) => ({
      ...trial,
      kind: "trial" as const,
      value: { plan: trial.plan, starts_at: trial.startsAt.toISOString(), ends_at: now.toISOString() },
    })),
    ...(await endGrants(tx, accountId, now)).map((grant) => ({
      ...grant,
      kind: "grant" as const,
      value: { plan: grant.plan, starts_at: grant.startsAt.toISOString(), until: now.toISOString() },
    })),
  ];
  await recordFacts(
    app,
    tx,
    ended.map(({ id, kind, value }) => ({
      accountId,
      kind,
      subjectId: id,
      value,
      validFrom: now,
      cause: `subscription.active ${record.id}`,
    })),
  );
}

/** Two that bill: all but one are cancelled at Stripe by a job, and kept for an operator to pay the money back (law 4). */
export async function flagDuplicates(app: Parts, tx: Tx, accountId: string, records: readonly SubscriptionRecord[]): Promise<void> {
  const now = app.clock.now();
  const flagged = await listDuplicates(tx, accountId);
  // One that is to be cancelled is no candidate any more: else the two might be cancelled for each other.
  const candidates = records.filter((record) => !flagged.some((one) => one.id === record.id && one.withdrawnAt === null));
  const decision = decideDuplicates(candidates, rankIn(app.catalogue));
  for (const id of decision?.cancel ?? []) {
    const keptId = decision?.keep ?? "";
    if (!(await flagDuplicate(tx, accountId, { id, keptId }, now))) continue;
    await app.jobs.enqueue(tx, "stripe.cancel_duplicate", { accountId, subscriptionId: id });
    const details = { subscription: id, kept: keptId };
    await tell(app, tx, accountId, [
      { key: `duplicate:${id}`, kind: "duplicate_subscription", details },
      { key: `operator:duplicate:${id}`, kind: "operator_duplicate", details },
    ]);
    app.log.warn({ account_id: accountId, subscription: id, kept: keptId }, "an account has two subscriptions; one will be cancelled");
  }
}

/** Rank of a plan: a plan that the catalogue lost is below all others. */
export const rankIn =
  (catalogue: Catalogue) =>
  (plan: string): number =>
    catalogue.plans.find((one) => one.key === plan)?.order ?? -1;

/** Of a subscription too many nothing is told but that it was one too many. */
async function worthTelling<N>(tx: Tx, accountId: string, id: string, notices: readonly N[]): Promise<readonly N[]> {
  if (notices.length === 0) return notices;
  const flagged = await listDuplicates(tx, accountId);
  return flagged.some((one) => one.id === id && one.withdrawnAt === null) ? [] : notices;
}

function sound(
  app: Pick<App, "log">,
  accountId: string,
  record: SubscriptionRecord,
  alarms: readonly SubscriptionAlarm[],
  previous: StoredSubscription | null,
): void {
  for (const alarm of alarms) {
    app.log.error(
      {
        account_id: accountId,
        subscription: record.id,
        status: record.status,
        price: record.priceId,
        plan_before: previous?.record.plan ?? null,
      },
      `alarm: ${alarm}`,
    );
  }
}

function isLive({ status }: SubscriptionRecord): boolean {
  return status !== "canceled" && status !== "incomplete_expired";
}

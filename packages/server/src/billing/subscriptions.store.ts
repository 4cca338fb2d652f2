import type { Observation, SubscriptionRecord } from "@gatehouse/core";
import { sql } from "kysely";
import { asOpenInvoice, type StoredInvoice } from "../access/billing-facts.store.ts";
import type { Tx } from "../platform/app.ts";

export interface StoredSubscription {
  readonly record: SubscriptionRecord;
  /** Of the reading that it was last compared with. */
  readonly ticket: number;
}

const COLUMNS = [
  "id",
  "customer_id",
  "status",
  "plan",
  "item_id",
  "price_id",
  "billing_interval",
  "seats",
  "current_period_end",
  "trial_ends_at",
  "cancel_at_period_end",
  "ends_at",
  "started_at",
  "ended_at",
  "past_due_since",
  "paused_reason",
  "collection_paused",
  "has_payment_method",
  "open_invoice",
  "changed_at",
  "last_ticket",
] as const;

export async function listSubscriptions(tx: Tx, accountId: string): Promise<StoredSubscription[]> {
  const rows = await tx.selectFrom("stripe_subscriptions").select(COLUMNS).where("account_id", "=", accountId).orderBy("id").execute();
  return rows.map(asStored);
}

/** @returns null where no account has such a subscription */
export async function findAccountOfSubscription(tx: Tx, id: string): Promise<string | null> {
  const row = await tx.selectFrom("stripe_subscriptions").select("account_id").where("id", "=", id).executeTakeFirst();
  return row?.account_id ?? null;
}

export interface OwnedSubscription extends StoredSubscription {
  readonly accountId: string;
}
/** Whoever's it is; null: we know none of that id. */
export async function findSubscription(tx: Tx, id: string): Promise<OwnedSubscription | null> {
  const row = await tx.selectFrom("stripe_subscriptions").select(COLUMNS).select("account_id").where("id", "=", id).executeTakeFirst();
  return row ? { ...asStored(row), accountId: row.account_id } : null;
}

/** Those that we know of the ids, whoever's they are. */
export async function findSubscriptions(tx: Tx, ids: readonly string[]): Promise<OwnedSubscription[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .selectFrom("stripe_subscriptions")
    .select(COLUMNS)
    .select("account_id")
    // Joined: of a list, a plan that was made while the table was small compares every row with every id, and stays for all pages.
    .where("id", "in", sql<string>`(select unnest(${ids}::text[]))`)
    .execute();
  return rows.map((row) => ({ ...asStored(row), accountId: row.account_id }));
}

/** Of several accounts at once. */
export async function listSubscriptionsOf(tx: Tx, accountIds: readonly string[]): Promise<OwnedSubscription[]> {
  if (accountIds.length === 0) return [];
  const rows = await tx
    .selectFrom("stripe_subscriptions")
    .select(COLUMNS)
    .select("account_id")
    .where("account_id", "in", accountIds)
    .orderBy("account_id")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ ...asStored(row), accountId: row.account_id }));
}

/** The account must be locked (`lockCustomer`). @returns false where a newer reading was faster */
export async function storeSubscription(tx: Tx, accountId: string, record: SubscriptionRecord, ticket: number): Promise<boolean> {
  const values = asRow(record, ticket);
  const stored = await tx
    .insertInto("stripe_subscriptions")
    .values({ account_id: accountId, id: record.id, ...values })
    .onConflict((conflict) =>
      conflict.columns(["account_id", "id"]).doUpdateSet(values).where("stripe_subscriptions.last_ticket", "<", ticket),
    )
    .returning("id")
    .executeTakeFirst();
  return stored !== undefined;
}

/** What was read is what is stored: only the ticket goes on, so that no older reading that is still under way comes after it. */
export async function confirmSubscription(tx: Tx, accountId: string, id: string, ticket: number): Promise<void> {
  await tx
    .updateTable("stripe_subscriptions")
    .set({ last_ticket: ticket })
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .where("last_ticket", "<", ticket)
    .execute();
}

/**
 * As `confirmSubscription`, for many that were read together: each only while its row is the one that was compared. It waits for nobody,
 * so that it cannot wait in a circle with those who lock an account first: what somebody is at work on is left out.
 * @param seen with the tickets of the rows that were compared
 * @returns the ids that were confirmed
 */
export async function confirmSubscriptions(
  tx: Tx,
  seen: readonly { readonly accountId: string; readonly id: string; readonly ticket: number }[],
  ticket: number,
): Promise<Set<string>> {
  if (seen.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    with compared as (
      select s.account_id, s.id
      from stripe_subscriptions as s
      join unnest(${seen.map((one) => one.accountId)}::uuid[], ${seen.map((one) => one.id)}::text[], ${seen.map((one) => one.ticket)}::bigint[])
        as c (account_id, id, ticket) on c.account_id = s.account_id and c.id = s.id and c.ticket = s.last_ticket
      for update of s skip locked
    )
    update stripe_subscriptions as s set last_ticket = ${ticket}
    from compared where compared.account_id = s.account_id and compared.id = s.id and s.last_ticket < ${ticket}
    returning s.id`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/** Rows that have not ended, and that no reading has confirmed since the ticket; in the order of their ids. @param after the last id of the page before */
export async function listUnconfirmed(
  tx: Tx,
  since: { readonly ticket: number; readonly after: string | null },
  limit: number,
): Promise<{ accountId: string; id: string }[]> {
  const rows = await tx
    .selectFrom("stripe_subscriptions")
    .select(["account_id", "id"])
    .where("last_ticket", "<", since.ticket)
    .where("status", "not in", ["canceled", "incomplete_expired"])
    .where("id", ">", since.after ?? "")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ accountId: row.account_id, id: row.id }));
}

/** Puts a rebuilt record in the place of what stands there. The account must be locked. The ticket never goes back. */
export async function replaceSubscription(tx: Tx, accountId: string, record: SubscriptionRecord, ticket: number): Promise<void> {
  const values = asRow(record, ticket);
  await tx
    .insertInto("stripe_subscriptions")
    .values({ account_id: accountId, id: record.id, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "id"])
        .doUpdateSet({ ...values, last_ticket: sql<number>`greatest(stripe_subscriptions.last_ticket, ${ticket})` }),
    )
    .execute();
}

export interface NewObservation {
  readonly accountId: string;
  readonly id: string;
  readonly subscriptionId: string;
  readonly ticket: number;
  readonly cause: string;
  readonly observation: Observation;
  readonly observedAt: Date;
}
export async function insertObservation(tx: Tx, seen: NewObservation): Promise<void> {
  await tx
    .insertInto("stripe_observations")
    .values({
      account_id: seen.accountId,
      id: seen.id,
      subscription_id: seen.subscriptionId,
      ticket: seen.ticket,
      cause: seen.cause,
      object: JSON.stringify(seen.observation),
      observed_at: seen.observedAt,
    })
    .execute();
}

function asRow(record: SubscriptionRecord, ticket: number) {
  return {
    customer_id: record.customerId,
    status: record.status,
    plan: record.plan,
    item_id: record.itemId,
    price_id: record.priceId,
    billing_interval: record.interval,
    seats: record.seats,
    current_period_end: record.currentPeriodEnd,
    trial_ends_at: record.trialEndsAt,
    cancel_at_period_end: record.cancelAtPeriodEnd,
    ends_at: record.endsAt,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    past_due_since: record.pastDueSince,
    paused_reason: record.pausedReason,
    collection_paused: record.collectionPaused,
    has_payment_method: record.hasPaymentMethod,
    open_invoice: record.openInvoice === null ? null : JSON.stringify(record.openInvoice),
    changed_at: record.changedAt,
    last_ticket: ticket,
  };
}

interface Row {
  id: string;
  customer_id: string | null;
  status: string;
  plan: string | null;
  item_id: string | null;
  price_id: string | null;
  billing_interval: string | null;
  seats: number;
  current_period_end: Date | null;
  trial_ends_at: Date | null;
  cancel_at_period_end: boolean;
  ends_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  past_due_since: Date | null;
  paused_reason: string | null;
  collection_paused: string | null;
  has_payment_method: boolean;
  open_invoice: object | null;
  changed_at: Date;
  last_ticket: number;
}

const asStored = (row: Row): StoredSubscription => ({
  ticket: row.last_ticket,
  record: {
    id: row.id,
    customerId: row.customer_id,
    status: row.status,
    plan: row.plan,
    itemId: row.item_id,
    priceId: row.price_id,
    interval: row.billing_interval,
    seats: row.seats,
    currentPeriodEnd: row.current_period_end,
    trialEndsAt: row.trial_ends_at,
    cancelAtPeriodEnd: row.cancel_at_period_end,
    endsAt: row.ends_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    pastDueSince: row.past_due_since,
    pausedReason: row.paused_reason,
    collectionPaused: row.collection_paused,
    hasPaymentMethod: row.has_payment_method,
    // Written by `asRow` and by nobody else.
    openInvoice: row.open_invoice === null ? null : asOpenInvoice(row.open_invoice as StoredInvoice),
    changedAt: row.changed_at,
  },
});

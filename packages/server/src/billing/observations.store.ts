import type { Observation, PastObservation } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** What was read of a subscription and changed something. */
export interface KeptObservation extends PastObservation {
  readonly accountId: string;
  readonly subscriptionId: string;
  readonly ticket: number;
}

/** All of the accounts, each subscription's in the order of their tickets. */
export async function listObservations(tx: Tx, accountIds: readonly string[]): Promise<KeptObservation[]> {
  if (accountIds.length === 0) return [];
  const rows = await tx
    .selectFrom("stripe_observations")
    .select(["account_id", "subscription_id", "ticket", "object", "observed_at"])
    .where("account_id", "in", accountIds)
    .orderBy("account_id")
    .orderBy("subscription_id")
    .orderBy("ticket")
    .execute();
  return rows.map((row) => ({
    accountId: row.account_id,
    subscriptionId: row.subscription_id,
    ticket: row.ticket,
    // Written by `insertObservation` and by nobody else.
    observation: row.object as Observation,
    observedAt: row.observed_at,
  }));
}

/** Accounts that have, or once had, a subscription, in the order of their ids. @param after the last one of the page before */
export async function listAccountsObserved(tx: Tx, after: string | null, limit: number): Promise<string[]> {
  const from = after ?? "00000000-0000-0000-0000-000000000000";
  const { rows } = await sql<{ id: string }>`
    select a.id from accounts as a
    where a.id > ${from}::uuid
      and (exists (select from stripe_observations as o where o.account_id = a.id)
        or exists (select from stripe_subscriptions as s where s.account_id = a.id))
    order by a.id limit ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

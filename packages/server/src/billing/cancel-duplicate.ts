import { decideDuplicates, readSubscription, type SubscriptionRecord } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { flagDuplicates, type Reading, rankIn } from "./apply-observation.ts";
import { lockCustomer, takeTicket } from "./billing-customers.store.ts";
import { type DuplicateSubscription, listDuplicates, markDuplicateCanceled, withdrawDuplicate } from "./duplicates.store.ts";
import { type ReadParts, settleReading } from "./read-from-stripe.ts";
import { listSubscriptions } from "./subscriptions.store.ts";

/** Alive, and not about to end. */
function goesOn(kept: Pick<SubscriptionRecord, "status" | "cancelAtPeriodEnd"> | null): boolean {
  if (kept === null || kept.cancelAtPeriodEnd) return false;
  return kept.status === "active" || kept.status === "trialing" || kept.status === "past_due";
}

type Parts = ReadParts & Pick<App, "db">;

/**
 * Cancels a subscription too many at Stripe, if the one that is to stay still lives there: access is never lost. Where it has ended
 * meanwhile, the flag is withdrawn, and this one is the account's. Doing it again changes nothing.
 * @throws Refusal billing_unavailable | billing_failed: the queue tries again
 */
export async function cancelDuplicate(app: Parts, accountId: string, subscriptionId: string): Promise<void> {
  const flagged = await app.db.forAccount(accountId, (tx) => listDuplicates(tx, accountId));
  const duplicate = flagged.find((one) => one.id === subscriptionId);
  if (!duplicate || duplicate.withdrawnAt !== null) return;
  const calls = await app.stripe.calls(JOB_SECONDS);
  const ticketOfKept = await app.db.forAccount(accountId, takeTicket);
  const kept = await calls.readSubscription(duplicate.keptId);
  const seen = readSubscription(kept?.subscription);
  if (!goesOn(seen && { status: seen.status, cancelAtPeriodEnd: seen.cancelAtPeriodEnd || seen.cancelAt !== null })) {
    const reading = kept && { observation: kept, ticket: ticketOfKept, cause: "duplicate.withdrawn" };
    await app.db.asSystem("whose subscription it is shows when it is matched", (tx) => withdraw(app, tx, accountId, duplicate, reading));
    return;
  }
  await calls.cancelSubscription(subscriptionId, `gatehouse:cancel:${subscriptionId}`);
  const ticket = await app.db.forAccount(accountId, takeTicket);
  const observation = await calls.readSubscription(subscriptionId);
  await app.db.asSystem("whose subscription it is shows when it is matched", async (tx) => {
    if (observation !== null) await settleReading(app, tx, { observation, ticket, cause: "duplicate.canceled" });
    await markDuplicateCanceled(tx, accountId, subscriptionId, app.clock.now());
  });
}

/**
 * The one that was to stay ends, so this one is the account's. What was read becomes the fact with that: should the other one go on after all,
 * this is a change, and of two that bill one is flagged anew. So is at once whichever is too many by now, but this one only for one that goes on:
 * else the two would be flagged and withdrawn without an end.
 * @param reading null: the one that was to stay is unknown to Stripe
 */
async function withdraw(
  app: Parts,
  tx: Tx,
  accountId: string,
  { id, keptId }: DuplicateSubscription,
  reading: Reading | null,
): Promise<void> {
  // In the order of every other writer: the customer, then what hangs on it.
  await lockCustomer(tx, accountId, app.clock.now());
  if (reading !== null) await settleReading(app, tx, reading);
  await withdrawDuplicate(tx, accountId, id, app.clock.now());
  app.log.warn({ account_id: accountId, subscription: id }, "the subscription that was to stay has ended; the other one stays");
  const records = (await listSubscriptions(tx, accountId)).map(({ record }) => record);
  const staysAgain = decideDuplicates(records, rankIn(app.catalogue))?.keep === keptId;
  if (staysAgain && (reading === null || !goesOn(records.find((record) => record.id === keptId) ?? null))) return;
  await flagDuplicates(app, tx, accountId, records);
}

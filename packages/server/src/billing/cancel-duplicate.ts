import { type ObservedSubscription, readSubscription } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { takeTicket } from "./billing-customers.store.ts";
import { listDuplicates, markDuplicateCanceled, withdrawDuplicate } from "./duplicates.store.ts";
import { type ReadParts, settleReading } from "./read-from-stripe.ts";

/** Alive, and not about to end. */
function goesOn(kept: ObservedSubscription | null): boolean {
  if (kept === null || kept.cancelAtPeriodEnd || kept.cancelAt !== null) return false;
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
  const kept = await calls.readSubscription(duplicate.keptId);
  if (!goesOn(readSubscription(kept?.subscription))) {
    await app.db.forAccount(accountId, (tx) => withdrawDuplicate(tx, accountId, subscriptionId, app.clock.now()));
    app.log.warn(
      { account_id: accountId, subscription: subscriptionId },
      "the subscription that was to stay has ended; the other one stays",
    );
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

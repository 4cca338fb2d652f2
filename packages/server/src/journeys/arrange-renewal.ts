import { hasEnded } from "@gatehouse/core";
import { findDeletion, keepHeldSubscriptions } from "../accounts/deletions.store.ts";
import { findCustomer } from "../billing/billing-customers.store.ts";
import { refreshAccount } from "../billing/refresh-account.ts";
import type { App } from "../platform/app.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "catalogue" | "stripe" | "jobs" | "signals" | "policy" | "log">;

/**
 * An account that waits to be erased is not charged for another period: what renews is set not to, and an open checkout is ended. When the
 * deletion was taken back, what was held for it renews again, and what its people had cancelled themselves stays cancelled. Decided by the
 * facts of now, so that jobs that come twice or in another order end the same.
 * @throws Refusal billing_unavailable | billing_failed: the queue tries again
 */
export async function arrangeRenewal(app: Parts, accountId: string, deletionId: string): Promise<void> {
  const before = await app.db.forAccount(accountId, async (tx) => ({
    deletion: await findDeletion(tx, accountId, deletionId),
    customer: await findCustomer(tx, accountId),
  }));
  const { deletion, customer } = before;
  if (deletion === null || deletion.erasedAt !== null || customer?.customerId == null) return;
  const calls = await app.stripe.calls(JOB_SECONDS);
  const { subscriptions } = await refreshAccount(app, calls, accountId, "deletion");
  const living = subscriptions.filter((one) => !hasEnded(one.status));
  const held = new Set(deletion.heldSubscriptions);
  const renews = deletion.undoneAt !== null;
  const session = customer.reservation?.sessionId ?? null;
  if (!renews && session !== null) await calls.expireCheckout(session);
  const changed = renews
    ? living.filter(({ id, cancelAtPeriodEnd }) => held.has(id) && cancelAtPeriodEnd)
    : living.filter(({ cancelAtPeriodEnd, endsAt }) => !cancelAtPeriodEnd && endsAt === null);
  if (changed.length === 0) return;
  // Written before Stripe is asked: a crash between the two forgets none that was held.
  const all = [...new Set([...held, ...changed.map(({ id }) => id)])];
  if (!renews) await app.db.forAccount(accountId, (tx) => keepHeldSubscriptions(tx, accountId, deletionId, all));
  for (const { id } of changed) await calls.setRenewal(id, renews, `gatehouse:renewal:${id}:${deletionId}:${renews}`);
  await refreshAccount(app, calls, accountId, "deletion");
}

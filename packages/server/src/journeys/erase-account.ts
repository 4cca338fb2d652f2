import { deletionState, hasEnded } from "@gatehouse/core";
import { eraseEntitlements } from "../access/entitlement-records.store.ts";
import { factsChanged } from "../access/facts-cache.ts";
import { deleteRefusals } from "../access/guard-refusals.store.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import { markAccountErased } from "../accounts/accounts.store.ts";
import { findOpenDeletion, markErased } from "../accounts/deletions.store.ts";
import { eraseTeam } from "../accounts/erase-team.store.ts";
import { listMemberIds, lockMembers } from "../accounts/memberships.store.ts";
import { findCustomer } from "../billing/billing-customers.store.ts";
import { eraseBilling } from "../billing/erase-billing.store.ts";
import { refreshAccount } from "../billing/refresh-account.ts";
import { listSubscriptions } from "../billing/subscriptions.store.ts";
import { isOperator, lockUser } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { eraseRecords } from "../platform/erase-records.store.ts";
import type { ProductParts } from "../platform/product-parts.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { unlinkLeadsOfAccount } from "../sales/erase-leads.store.ts";
import { erasePerson } from "./erase-person.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "catalogue" | "stripe" | "jobs" | "signals" | "policy" | "log">;
const NOWHERE: Origin = { ip: null, userAgent: null };

/**
 * Erases an account whose time to be taken back is over, with everything that it has, and the people who are in no other one. First every
 * subscription ends at Stripe: while Stripe cannot be reached nothing is erased, for an account that nobody can reach any more must not be
 * charged. Doing it again changes nothing.
 *
 * @throws Refusal billing_unavailable | billing_failed | billing_not_configured: the queue tries again
 */
export async function eraseAccount(app: Parts, product: Pick<ProductParts, "eraseAccount">, accountId: string): Promise<void> {
  const deletion = await app.db.forAccount(accountId, (tx) => findOpenDeletion(tx, accountId));
  if (deletionState(deletion, app.clock.now()) !== "due") return;
  await endAtStripe(app, accountId);
  await app.db.asSystem("an account is erased with its people, who may be in others", (tx) => erase(app, product, tx, accountId));
}

async function endAtStripe(app: Parts, accountId: string): Promise<void> {
  const { customer, stored } = await app.db.forAccount(accountId, async (tx) => ({
    customer: await findCustomer(tx, accountId),
    stored: await listSubscriptions(tx, accountId),
  }));
  if (customer?.customerId == null && stored.every(({ record }) => hasEnded(record.status))) return;
  const calls = await app.stripe.calls(JOB_SECONDS);
  const session = customer?.reservation?.sessionId ?? null;
  if (session !== null) await calls.expireCheckout(session);
  const { subscriptions } = await refreshAccount(app, calls, accountId, "erasure");
  const living = subscriptions.filter((one) => !hasEnded(one.status));
  if (living.length === 0) return;
  for (const { id } of living) await calls.cancelSubscription(id, `gatehouse:erase:${id}`);
  const after = await refreshAccount(app, calls, accountId, "erasure");
  // Believed only when Stripe says so itself.
  if (after.subscriptions.some((one) => !hasEnded(one.status))) throw new Error("a subscription of the account still lives at Stripe");
}

async function erase(app: Parts, product: Pick<ProductParts, "eraseAccount">, tx: Tx, accountId: string): Promise<void> {
  const now = app.clock.now();
  // People before the account, and in the order of their ids: as everybody locks them.
  const memberIds = (await listMemberIds(tx, accountId)).toSorted();
  for (const userId of memberIds) await lockUser(tx, userId);
  await lockMembers(tx, accountId);
  const deletion = await findOpenDeletion(tx, accountId);
  // Taken back, or erased by another worker, while Stripe was asked.
  if (deletion === null) return;
  let people = 0;
  for (const userId of memberIds) if (await erasesPerson(app, tx, userId, accountId)) people += 1;
  await product.eraseAccount(tx, accountId);
  await eraseTeam(tx, accountId);
  await eraseBilling(tx, accountId);
  await eraseEntitlements(tx, accountId);
  await unlinkLeadsOfAccount(tx, accountId, now);
  await deleteRefusals(tx, accountId);
  await eraseRecords(tx, accountId, now);
  await markAccountErased(tx, accountId, now);
  await markErased(tx, accountId, deletion.id, now);
  await factsChanged(app, tx, `account:${accountId}`);
  await audit(app, tx, {
    ...NOWHERE,
    accountId: null,
    actorUserId: null,
    action: "account.erased",
    targetId: accountId,
    details: { people },
  });
}

/** Who is in no other account could not even sign in any more, and goes too; operators stay. */
async function erasesPerson(app: Parts, tx: Tx, userId: string, accountId: string): Promise<boolean> {
  const user = await lockUser(tx, userId);
  if (!user || (await isOperator(tx, userId))) return false;
  if ((await listAccountsOf(tx, userId)).some(({ id }) => id !== accountId)) return false;
  await erasePerson(app, tx, user, null, NOWHERE);
  return true;
}

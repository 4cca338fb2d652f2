import { type GrantWish, whyNotGrant } from "@gatehouse/core";
import { findAccount, lockAccount } from "../accounts/accounts.store.ts";
import { endGrant, insertGrant, lockGrant, type StoredGrant } from "../billing/grants.store.ts";
import { recordGrant } from "../billing/record-grant.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Act, auditAct } from "./act.ts";

type Parts = Pick<App, "clock" | "ids" | "signals" | "catalogue">;

/**
 * Gives the account a plan for nothing, from now on. It is a fact of its own, beside trial and subscriptions: the best of them opens the
 * door, and no event of Stripe changes it but the one by which the account begins to pay (`replacesGrants`).
 * @throws Refusal account_not_found | account_deleted | plan_unknown | grant_in_the_past
 */
export async function giveGrant(app: Parts, tx: Tx, by: Act, accountId: string, wish: GrantWish): Promise<StoredGrant> {
  const now = app.clock.now();
  const plans = app.catalogue.plans.map(({ key }) => key);
  const account = (await lockAccount(tx, accountId)) ?? refuse("account_not_found");
  if (account.deletedAt !== null) refuse("account_deleted");
  const refusal = whyNotGrant(wish, plans, now);
  if (refusal === "plan_unknown") refuse(refusal, { plans });
  if (refusal) refuse(refusal);
  const id = app.ids.next();
  await insertGrant(tx, { accountId, id, ...wish, startsAt: now, reason: by.reason, grantedBy: by.userId });
  await recordGrant(app, tx, accountId, { id, plan: wish.plan, startsAt: now, until: wish.until }, "grant.given");
  const details = { plan: wish.plan, until: wish.until?.toISOString() ?? null };
  await auditAct(app, tx, by, { accountId, action: "grant.given", targetId: id, details });
  return (await lockGrant(tx, accountId, id)) ?? refuse("grant_not_found");
}

/**
 * Ends a grant now; the row stays and says so. One that has ended stays as it is.
 * @param version as it was read; null: whatever it is
 * @throws Refusal account_not_found | grant_not_found | edited_meanwhile
 */
export async function takeGrant(
  app: Parts,
  tx: Tx,
  by: Act,
  accountId: string,
  which: { readonly grantId: string; readonly version: number | null },
): Promise<StoredGrant> {
  const now = app.clock.now();
  if (!(await findAccount(tx, accountId))) refuse("account_not_found");
  const grant = (await lockGrant(tx, accountId, which.grantId)) ?? refuse("grant_not_found");
  if (which.version !== null && which.version !== grant.version) refuse("edited_meanwhile", { version: grant.version });
  if (grant.until !== null && grant.until <= now) return grant;
  await endGrant(tx, accountId, grant.id, now, by.userId);
  await recordGrant(app, tx, accountId, { ...grant, until: now }, "grant.ended");
  const details = { plan: grant.plan, was_until: grant.until?.toISOString() ?? null };
  await auditAct(app, tx, by, { accountId, action: "grant.ended", targetId: grant.id, details });
  return (await lockGrant(tx, accountId, grant.id)) ?? refuse("grant_not_found");
}

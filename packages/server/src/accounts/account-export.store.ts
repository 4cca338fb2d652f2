import type { Role } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** Whose download it is, as what they are in the account by now; null: no member any more. */
export async function findRole(tx: Tx, accountId: string, userId: string): Promise<Role | null> {
  const row = await tx
    .selectFrom("memberships")
    .select("role")
    .where("account_id", "=", accountId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row?.role ?? null;
}

/** What is kept of the account, column by column. */
export async function readAccount(tx: Tx, accountId: string) {
  return await tx
    .selectFrom("accounts")
    .select(["id", "name", "slug", "company_size", "industry", "primary_use", "onboarding_step_completed"])
    .select(["created_at", "updated_at", "deleted_at"])
    .where("id", "=", accountId)
    .executeTakeFirst();
}

/** Everything below reads in the order of ids: at most `limit` rows after the one with the id `after`, null for the first. */
export async function membersAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("memberships as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["m.id", "m.user_id", "u.name", "u.email", "m.role", "m.invited_by", "m.onboarding_step_completed", "m.created_at"])
    .where("m.account_id", "=", accountId);
  if (after !== null) query = query.where("m.id", ">", after);
  return await query.orderBy("m.id").limit(limit).execute();
}

/** Without the hash of the link: whoever reads an export has no business with it. */
export async function invitesAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("account_invites")
    .select(["id", "email", "role", "invited_by", "created_at", "expires_at", "sends", "email_sent_at", "last_sent_at"])
    .select(["accepted_at", "accepted_by", "revoked_at", "revoked_by"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

export async function ownershipOffersAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("ownership_offers")
    .select(["id", "offered_by", "offered_to", "role_after", "created_at", "expires_at", "accepted_at", "ended_at", "ended_reason"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

export async function deletionsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("account_deletions")
    .select(["id", "requested_by", "requested_at", "due_at", "held_subscriptions", "undone_at", "erased_at"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

/** When an operator looked at the account. Not which one, nor why: that is in the audit as far as it is the account's to know. */
export async function impersonationsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("impersonations")
    .select(["id", "as_user_id", "started_at", "expires_at", "ended_at"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

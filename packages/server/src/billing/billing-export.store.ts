import type { Tx } from "../platform/app.ts";

/** Everything here reads in the order of ids: at most `limit` rows after the one with the id `after`, null for the first. */
export async function trialsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx.selectFrom("trials").select(["id", "plan", "starts_at", "ends_at", "extended_days"]).where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

/** Why there was no trial: one row at the most. Who waived it and why is the operators' own. */
export async function refusalAfter(tx: Tx, accountId: string, after: string | null) {
  if (after !== null) return [];
  return await tx
    .selectFrom("trial_refusals")
    .select(["account_id as id", "reason", "at", "waived_at"])
    .where("account_id", "=", accountId)
    .execute();
}

/** What the trial is remembered by; the hashes stay here. A handful, on one page. */
export async function claimsAfter(tx: Tx, accountId: string, after: string | null) {
  if (after !== null) return [];
  return await tx
    .selectFrom("trial_claims")
    .select(["account_id as id", "kind", "at", "proven_at"])
    .where("account_id", "=", accountId)
    .orderBy("at")
    .orderBy("kind")
    .execute();
}

/** Without the operator who gave it: that is not the account's to tell. */
export async function grantsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("complimentary_grants")
    .select(["id", "plan", "starts_at", "until", "reason"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

/** What decides access. Not the open invoice: its address lets whoever has it pay and look, and `GET /billing/invoices` asks Stripe. */
export async function subscriptionsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("stripe_subscriptions")
    .select(["id", "customer_id", "status", "plan", "price_id", "billing_interval", "seats", "started_at", "current_period_end"])
    .select(["trial_ends_at", "cancel_at_period_end", "ends_at", "ended_at", "past_due_since", "paused_reason", "collection_paused"])
    .select(["has_payment_method", "changed_at"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

export async function duplicatesAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("duplicate_subscriptions")
    .select(["id", "kept_id", "flagged_at", "canceled_at", "withdrawn_at", "refunded_at"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

/** Stripe's customer, where there is one or was to be one: one row at the most. */
export async function customerAfter(tx: Tx, accountId: string, after: string | null) {
  if (after !== null) return [];
  return await tx
    .selectFrom("billing_customers")
    .select(["account_id as id", "customer_id", "customer_name", "customer_email", "created_at"])
    .where("account_id", "=", accountId)
    .execute();
}

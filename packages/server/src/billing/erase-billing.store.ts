import type { Tx } from "../platform/app.ts";

/**
 * Deletes what an account was given, and takes names and addresses out of what is kept: which customer it was and which subscriptions it had
 * stays, so that an event of Stripe that comes late is still known for what it is, and a refund that is owed is not forgotten.
 */
export async function eraseBilling(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("trials").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("trial_refusals").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("complimentary_grants").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("billing_notices").where("account_id", "=", accountId).execute();
  await tx
    .updateTable("billing_customers")
    .set({ customer_name: null, customer_email: null })
    .where("account_id", "=", accountId)
    .execute();
  await tx.updateTable("stripe_events").set({ payload: "{}" }).where("matched_account_id", "=", accountId).execute();
}

import type { Tx } from "../platform/app.ts";

export interface StartedTrial {
  readonly accountId: string;
  readonly startsAt: Date;
}

/** A page over all trials that were ever given, in the order of accounts: at most `limit` after the account `after`, null for the first. */
export async function listTrials(tx: Tx, after: string | null, limit: number): Promise<StartedTrial[]> {
  let query = tx.selectFrom("trials").select(["account_id", "starts_at"]);
  if (after !== null) query = query.where("account_id", ">", after);
  const rows = await query.orderBy("account_id").limit(limit).execute();
  return rows.map((row) => ({ accountId: row.account_id, startsAt: row.starts_at }));
}

export async function countTrials(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom("trials")
    .select((of) => of.fn.countAll<number>().as("trials"))
    .executeTakeFirstOrThrow();
  return row.trials;
}

/** Accounts that had a trial, are customers at Stripe, and of whom no card is remembered; in order, as `listTrials`. */
export async function listWithoutCards(tx: Tx, after: string | null, limit: number): Promise<string[]> {
  let query = withoutCards(tx).select("b.account_id");
  if (after !== null) query = query.where("b.account_id", ">", after);
  const rows = await query.orderBy("b.account_id").limit(limit).execute();
  return rows.map((row) => row.account_id);
}

export async function countWithoutCards(tx: Tx): Promise<number> {
  const row = await withoutCards(tx)
    .select((of) => of.fn.countAll<number>().as("accounts"))
    .executeTakeFirstOrThrow();
  return row.accounts;
}

/** The account is named by its customer's row. */
const withoutCards = (tx: Tx) =>
  tx
    .selectFrom("billing_customers as b")
    .innerJoin("trials as t", "t.account_id", "b.account_id")
    .where("b.customer_id", "is not", null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("trial_claims as c").select("c.account_id").whereRef("c.account_id", "=", "b.account_id").where("c.kind", "=", "card"),
        ),
      ),
    );

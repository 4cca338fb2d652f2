import type { Tx } from "../platform/app.ts";

export interface NewTrial {
  readonly accountId: string;
  readonly id: string;
  readonly plan: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}
/** An account has one trial, ever. */
export async function insertTrial(tx: Tx, trial: NewTrial): Promise<void> {
  await tx
    .insertInto("trials")
    .values({ account_id: trial.accountId, id: trial.id, plan: trial.plan, starts_at: trial.startsAt, ends_at: trial.endsAt })
    .execute();
}

/** What is paid for takes the trial's place (L3). @returns the trials that were running */
export function endTrial(tx: Tx, accountId: string, at: Date): Promise<{ id: string; plan: string }[]> {
  return tx
    .updateTable("trials")
    .set({ ends_at: at })
    .where("account_id", "=", accountId)
    .where("ends_at", ">", at)
    .where("starts_at", "<", at)
    .returning(["id", "plan"])
    .execute();
}

export async function findTrial(tx: Tx, accountId: string): Promise<{ endsAt: Date } | null> {
  const row = await tx.selectFrom("trials").select("ends_at").where("account_id", "=", accountId).executeTakeFirst();
  return row ? { endsAt: row.ends_at } : null;
}

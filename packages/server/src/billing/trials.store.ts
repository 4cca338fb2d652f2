import type { TrialFact } from "@gatehouse/core";
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
export function endTrial(tx: Tx, accountId: string, at: Date): Promise<{ id: string; plan: string; startsAt: Date }[]> {
  return tx
    .updateTable("trials")
    .set((set) => ({ ends_at: at, version: set("version", "+", 1) }))
    .where("account_id", "=", accountId)
    .where("ends_at", ">", at)
    .where("starts_at", "<", at)
    .returning(["id", "plan", "starts_at as startsAt"])
    .execute();
}

export async function findTrial(tx: Tx, accountId: string): Promise<{ endsAt: Date } | null> {
  const row = await tx.selectFrom("trials").select("ends_at").where("account_id", "=", accountId).executeTakeFirst();
  return row ? { endsAt: row.ends_at } : null;
}

export interface StoredTrial extends TrialFact {
  readonly id: string;
  /** By how many days it was made longer, in all. */
  readonly extendedDays: number;
  readonly version: number;
}
const COLUMNS = ["id", "plan", "starts_at", "ends_at", "extended_days", "version"] as const;

export async function readTrial(tx: Tx, accountId: string): Promise<StoredTrial | null> {
  const row = await tx.selectFrom("trials").select(COLUMNS).where("account_id", "=", accountId).executeTakeFirst();
  return row ? asTrial(row) : null;
}
/** Locks the row, so that two who extend it at once do not pass the cap between them. */
export async function lockTrial(tx: Tx, accountId: string): Promise<StoredTrial | null> {
  const row = await tx.selectFrom("trials").select(COLUMNS).where("account_id", "=", accountId).forUpdate().executeTakeFirst();
  return row ? asTrial(row) : null;
}
const asTrial = (row: {
  id: string;
  plan: string;
  starts_at: Date;
  ends_at: Date;
  extended_days: number;
  version: number;
}): StoredTrial => ({
  id: row.id,
  plan: row.plan,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  extendedDays: row.extended_days,
  version: row.version,
});

export async function storeExtension(tx: Tx, accountId: string, extension: { endsAt: Date; extendedDays: number }): Promise<void> {
  await tx
    .updateTable("trials")
    .set((set) => ({ ends_at: extension.endsAt, extended_days: extension.extendedDays, version: set("version", "+", 1) }))
    .where("account_id", "=", accountId)
    .execute();
}

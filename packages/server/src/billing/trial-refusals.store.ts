import { TRIAL_REFUSALS, type TrialRefusal } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";

/** Why an account got no trial, or has a second one, and who set that aside. */
export interface StoredRefusal {
  readonly reason: TrialRefusal;
  readonly at: Date;
  readonly waivedAt: Date | null;
  readonly waivedBy: string | null;
  readonly waiverReason: string | null;
}

/** @returns false where something was found before: the account's one verdict stays, with its waiver */
export async function insertRefusal(tx: Tx, accountId: string, reason: TrialRefusal, at: Date): Promise<boolean> {
  const result = await tx
    .insertInto("trial_refusals")
    .values({ account_id: accountId, reason, at })
    .onConflict((conflict) => conflict.column("account_id").doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

export async function findRefusal(tx: Tx, accountId: string): Promise<StoredRefusal | null> {
  const row = await tx
    .selectFrom("trial_refusals")
    .select(["reason", "at", "waived_at", "waived_by", "waiver_reason"])
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  const reason = TRIAL_REFUSALS.find((known) => known === row?.reason);
  return row && reason ? { reason, at: row.at, waivedAt: row.waived_at, waivedBy: row.waived_by, waiverReason: row.waiver_reason } : null;
}

/** What speaks against the account's trial and nobody waived; null: nothing, or nobody asks (`TRIAL_ABUSE=off`). */
export async function findStandingRefusal(app: Pick<App, "config">, tx: Tx, accountId: string): Promise<TrialRefusal | null> {
  if (app.config.trialAbuse === null) return null;
  const refusal = await findRefusal(tx, accountId);
  return refusal === null || refusal.waivedAt !== null ? null : refusal.reason;
}

/** What an operator decided; `by: null` is the command line. Of an account that was never refused there is nothing to write. */
export async function waiveRefusal(tx: Tx, accountId: string, waiver: { by: string | null; reason: string; at: Date }): Promise<void> {
  await tx
    .updateTable("trial_refusals")
    .set({ waived_at: waiver.at, waived_by: waiver.by, waiver_reason: waiver.reason })
    .where("account_id", "=", accountId)
    .execute();
}

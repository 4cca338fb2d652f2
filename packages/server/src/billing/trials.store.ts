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

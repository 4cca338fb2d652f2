import { addDays, NEWS_DAYS, TRIAL_NOTICE_DAYS, type TrialFact } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { NewNotice } from "./notices.store.ts";

export interface DueTrial extends TrialFact {
  readonly accountId: string;
  readonly id: string;
}
/** Where a page ended. The end is kept as the database says it: a Date drops its microseconds, and the page would begin anew. */
export interface TrialCursor {
  readonly endsAt: string;
  readonly accountId: string;
}

interface Row {
  account_id: string;
  id: string;
  plan: string;
  starts_at: Date;
  ends_at: Date;
  cursor: string;
}

/**
 * Trials about whose end there may be something to tell: it is near, and what there is to tell was not told. In the order of their ends.
 * @param after where the last page ended; null: from the beginning
 * @returns next: null where there are no more
 */
export async function listDueTrials(
  tx: Tx,
  now: Date,
  after: TrialCursor | null,
  limit: number,
): Promise<{ trials: DueTrial[]; next: TrialCursor | null }> {
  const from = after === null ? sql`` : sql`and (t.ends_at, t.account_id) > (${after.endsAt}::timestamptz, ${after.accountId}::uuid)`;
  // The key is that of `trialNoticeOf`, so that who was told is not looked at again at every sweep.
  const result = await sql<Row>`
    select t.account_id, t.id, t.plan, t.starts_at, t.ends_at, t.ends_at::text as cursor
    from trials t join accounts a on a.id = t.account_id and a.deleted_at is null
    where t.ends_at >= ${addDays(now, -NEWS_DAYS)} and t.ends_at <= ${addDays(now, TRIAL_NOTICE_DAYS)} ${from}
      and not exists (select 1 from billing_notices n where n.account_id = t.account_id
        and n.key = case when t.ends_at <= ${now} then 'trial_ended:' else 'trial_ending:' end
          || t.id || ':' || to_char(t.ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    order by t.ends_at, t.account_id limit ${limit}`.execute(tx);
  const last = result.rows.at(-1);
  return {
    trials: result.rows.map((row) => ({
      accountId: row.account_id,
      id: row.id,
      plan: row.plan,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
    })),
    next: last && result.rows.length === limit ? { endsAt: last.cursor, accountId: last.account_id } : null,
  };
}

export interface AccountNotice extends NewNotice {
  readonly accountId: string;
}
/** As `insertNotices`, for many accounts. In the order given: two who insert the same at once wait for each other and do not deadlock. */
export async function insertNoticesOfMany(
  tx: Tx,
  notices: readonly AccountNotice[],
  now: Date,
): Promise<{ accountId: string; key: string }[]> {
  if (notices.length === 0) return [];
  const rows = await tx
    .insertInto("billing_notices")
    .values(
      notices.map(({ accountId, key, kind, details }) => ({
        account_id: accountId,
        key,
        kind,
        details: JSON.stringify(details),
        at: now,
      })),
    )
    .onConflict((conflict) => conflict.columns(["account_id", "key"]).doNothing())
    .returning(["account_id", "key"])
    .execute();
  return rows.map((row) => ({ accountId: row.account_id, key: row.key }));
}

import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { CutoverRun } from "./cutover-runs.store.ts";

export interface CutoverGrant {
  readonly accountId: string;
  readonly id: string;
}
export interface EndedGrant extends CutoverGrant {
  readonly plan: string;
  readonly startsAt: Date;
  readonly reason: string;
}

/**
 * So that none of them becomes a payer between being read and being given to: who reads Stripe takes the same row first. What they would
 * end, the grant, is there when they come.
 */
export async function holdCustomers(tx: Tx, accountIds: readonly string[]): Promise<void> {
  await sql`select account_id from billing_customers where account_id = any(${accountIds}) order by account_id for share`.execute(tx);
}

/** Which of the accounts a cutover gave a grant that was not taken back with its run. */
export async function givenByCutovers(tx: Tx, accountIds: readonly string[]): Promise<ReadonlySet<string>> {
  const result = await sql<{ account_id: string }>`
    select g.account_id from complimentary_grants g join cutover_runs r on r.id = g.cutover_run_id
    where g.account_id = any(${accountIds}) and r.state in ('running', 'done')`.execute(tx);
  return new Set(result.rows.map((row) => row.account_id));
}

/** One statement for all. @returns those that were given; an account that this run gave to before gets none */
export async function insertCutoverGrants(
  tx: Tx,
  run: Pick<CutoverRun, "id" | "plan" | "until" | "reason">,
  grants: readonly CutoverGrant[],
  startsAt: Date,
): Promise<CutoverGrant[]> {
  const result = await sql<{ account_id: string; id: string }>`
    insert into complimentary_grants (account_id, id, plan, starts_at, until, reason, cutover_run_id)
    select account_id, id, ${run.plan}::text, ${startsAt}::timestamptz, ${run.until}::timestamptz, ${run.reason}::text, ${run.id}::uuid
    from unnest(${grants.map((grant) => grant.accountId)}::uuid[], ${grants.map((grant) => grant.id)}::uuid[]) as g (account_id, id)
    on conflict (cutover_run_id, account_id) where cutover_run_id is not null do nothing
    returning account_id, id`.execute(tx);
  return result.rows.map((row) => ({ accountId: row.account_id, id: row.id }));
}

/**
 * Counts the table anew, so that every connection plans anew. Plans that were made while it was nearly empty read all of it for each account:
 * by 18,000 grants a batch took ten times as long as at first, and `GET /me` of everybody with it.
 */
export async function analyzeGrants(tx: Tx): Promise<void> {
  await sql`analyze complimentary_grants`.execute(tx);
}

/** Ends at most `limit` grants of the run that still run, of the accounts after `after`; null from the first. */
export async function endCutoverGrants(tx: Tx, runId: string, after: string | null, limit: number, at: Date): Promise<EndedGrant[]> {
  const result = await sql<{ account_id: string; id: string; plan: string; starts_at: Date; reason: string }>`
    with ending as (
      select account_id, id from complimentary_grants
      where cutover_run_id = ${runId} and (${after}::uuid is null or account_id > ${after}::uuid) and (until is null or until > ${at})
      order by account_id limit ${limit} for update)
    update complimentary_grants g set until = ${at}, ended_at = ${at}, version = version + 1 from ending e where g.account_id = e.account_id and g.id = e.id
    returning g.account_id, g.id, g.plan, g.starts_at, g.reason`.execute(tx);
  return result.rows
    .map((row) => ({ accountId: row.account_id, id: row.id, plan: row.plan, startsAt: row.starts_at, reason: row.reason }))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
}

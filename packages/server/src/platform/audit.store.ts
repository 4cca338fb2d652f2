import { sql } from "kysely";
import type { App } from "./app.ts";
import type { Tx } from "./db.ts";

/** What has no account is filed under the nil UUID (RFC 9562, section 5.9). */
export const NO_ACCOUNT = "00000000-0000-0000-0000-000000000000";

/** Where a request came from, as far as it can be known. */
export interface Origin {
  readonly ip: string | null;
  readonly userAgent: string | null;
}
export interface AuditEntry extends Origin {
  readonly accountId: string | null;
  readonly actorUserId: string | null;
  /** Past tense: `user.registered`. */
  readonly action: string;
  readonly targetId: string | null;
  /** Plain facts; never a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Writes who did what to which account, when and from where, in the transaction of what was done. */
export const audit = (app: Pick<App, "ids" | "clock">, tx: Tx, entry: AuditEntry): Promise<void> => auditAll(app, tx, [entry]);

/** As `audit`, with one statement for all of them. */
export async function auditAll(app: Pick<App, "ids" | "clock">, tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const at = app.clock.now();
  await tx
    .insertInto("audit_events")
    .values(
      entries.map((entry) => ({
        account_id: entry.accountId ?? NO_ACCOUNT,
        id: app.ids.next(),
        at,
        actor_user_id: entry.actorUserId,
        action: entry.action,
        target_id: entry.targetId,
        ip: entry.ip,
        user_agent: entry.userAgent,
        details: JSON.stringify(entry.details ?? {}),
      })),
    )
    .execute();
}

/** The mark of what was done for an account by an operator of ours, and not by one of its people: stands among the details. */
export const BY_OPERATOR = { by: "operator" } as const;
export const isByOperator = (details: unknown): boolean => Object(details)["by"] === BY_OPERATOR.by;

/**
 * All of an account as its people may know it, in the order of its making: at most `limit` entries after the one with the id `after`, null for
 * the first. Of an operator's act they read what, when and why; who that was and from where is between operators.
 */
export async function auditAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("audit_events")
    .select(["id", "at", "actor_user_id", "action", "target_id", "ip", "user_agent", "details"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  const rows = await query.orderBy("id").limit(limit).execute();
  return rows.map((row) => (isByOperator(row.details) ? { ...row, actor_user_id: null, ip: null, user_agent: null } : row));
}

/** Of each target the reason that the newest entry of `action` until `at` gives, by target. */
export async function reasonsAt(tx: Tx, accountId: string, action: string, at: Date): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom("audit_events")
    .select(["target_id", sql<string | null>`details ->> 'reason'`.as("reason")])
    .distinctOn("target_id")
    .where("account_id", "=", accountId)
    .where("action", "=", action)
    .where("at", "<=", at)
    .orderBy("target_id")
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .execute();
  return new Map(rows.flatMap(({ target_id, reason }) => (target_id === null || reason === null ? [] : [[target_id, reason]])));
}

/** Makes the partitions of this month and the `ahead` following ones. */
export async function ensureAuditPartitions(tx: Tx, now: Date, ahead: number): Promise<void> {
  for (let step = 0; step <= ahead; step += 1) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + step, 1)).toISOString().slice(0, 10);
    await sql`select ensure_audit_partition(${month}::date)`.execute(tx);
  }
}

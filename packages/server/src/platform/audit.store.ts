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
export async function audit(app: Pick<App, "ids" | "clock">, tx: Tx, entry: AuditEntry): Promise<void> {
  await tx
    .insertInto("audit_events")
    .values({
      account_id: entry.accountId ?? NO_ACCOUNT,
      id: app.ids.next(),
      at: app.clock.now(),
      actor_user_id: entry.actorUserId,
      action: entry.action,
      target_id: entry.targetId,
      ip: entry.ip,
      user_agent: entry.userAgent,
      details: JSON.stringify(entry.details ?? {}),
    })
    .execute();
}

/** Makes the partitions of this month and the `ahead` following ones. */
export async function ensureAuditPartitions(tx: Tx, now: Date, ahead: number): Promise<void> {
  for (let step = 0; step <= ahead; step += 1) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + step, 1)).toISOString().slice(0, 10);
    await sql`select ensure_audit_partition(${month}::date)`.execute(tx);
  }
}

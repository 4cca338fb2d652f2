import type { Tx } from "../platform/app.ts";

export interface TrailEvent {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  /** `name: null`: they are no longer in the account. */
  readonly actor: { readonly id: string; readonly name: string | null } | null;
  readonly targetId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly details: Record<string, unknown>;
}

/**
 * What was done in the account, newest first.
 * @param page.before the id of the last one of the page before; null: the first page
 * @param page.action one action (`member.removed`) or all of an area (`member`); null: all
 */
export async function listTrail(
  tx: Tx,
  accountId: string,
  page: { before: string | null; limit: number; action: string | null },
): Promise<TrailEvent[]> {
  let query = tx
    .selectFrom("audit_events as e")
    .leftJoin("memberships as m", (join) => join.onRef("m.account_id", "=", "e.account_id").onRef("m.user_id", "=", "e.actor_user_id"))
    .leftJoin("users as u", "u.id", "m.user_id")
    .select(["e.id", "e.at", "e.action", "e.actor_user_id", "u.name", "e.target_id", "e.ip", "e.user_agent", "e.details"])
    .where("e.account_id", "=", accountId);
  if (page.before !== null) query = query.where("e.id", "<", page.before);
  if (page.action !== null) {
    const { action } = page;
    // The contract lets only letters, _ and a dot through: nothing that LIKE would take for a pattern but _, which stands for itself too.
    query = action.includes(".") ? query.where("e.action", "=", action) : query.where("e.action", "like", `${action}.%`);
  }
  const rows = await query.orderBy("e.id", "desc").limit(page.limit).execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    action: row.action,
    actor: row.actor_user_id === null ? null : { id: row.actor_user_id, name: row.name },
    targetId: row.target_id,
    ip: row.ip,
    userAgent: row.user_agent,
    details: Object(row.details),
  }));
}

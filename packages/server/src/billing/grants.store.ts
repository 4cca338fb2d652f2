import type { GrantFact } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";

/** A complimentary plan as it is stored. */
export interface StoredGrant extends GrantFact {
  readonly id: string;
  /** The operator; null: the command line. */
  readonly grantedBy: string | null;
  /** When somebody, or a payment, ended it before its time. */
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
  readonly version: number;
}
export type NewGrant = GrantFact & Pick<StoredGrant, "id" | "grantedBy"> & { readonly accountId: string };

const COLUMNS = ["id", "plan", "starts_at", "until", "reason", "granted_by", "ended_at", "ended_by", "version"] as const;
interface Row {
  id: string;
  plan: string;
  starts_at: Date;
  until: Date | null;
  reason: string;
  granted_by: string | null;
  ended_at: Date | null;
  ended_by: string | null;
  version: number;
}
const asGrant = (row: Row): StoredGrant => ({
  id: row.id,
  plan: row.plan,
  startsAt: row.starts_at,
  until: row.until,
  reason: row.reason,
  grantedBy: row.granted_by,
  endedAt: row.ended_at,
  endedBy: row.ended_by,
  version: row.version,
});

export async function insertGrant(tx: Tx, grant: NewGrant): Promise<void> {
  await tx
    .insertInto("complimentary_grants")
    .values({
      account_id: grant.accountId,
      id: grant.id,
      plan: grant.plan,
      starts_at: grant.startsAt,
      until: grant.until,
      reason: grant.reason,
      granted_by: grant.grantedBy,
      ended_at: null,
      ended_by: null,
    })
    .execute();
}

/** The newest first, the ended ones too. */
export async function listGrants(tx: Tx, accountId: string): Promise<StoredGrant[]> {
  const rows = await tx
    .selectFrom("complimentary_grants")
    .select(COLUMNS)
    .where("account_id", "=", accountId)
    .orderBy("starts_at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(asGrant);
}

/** Locks the row, so that of two who end it the second one finds it ended. */
export async function lockGrant(tx: Tx, accountId: string, grantId: string): Promise<StoredGrant | null> {
  const row = await tx
    .selectFrom("complimentary_grants")
    .select(COLUMNS)
    .where("account_id", "=", accountId)
    .where("id", "=", grantId)
    .forUpdate()
    .executeTakeFirst();
  return row ? asGrant(row) : null;
}

/** It is not there any more from `at` on; the row stays. @param by null: the command line */
export async function endGrant(tx: Tx, accountId: string, grantId: string, at: Date, by: string | null): Promise<void> {
  await tx
    .updateTable("complimentary_grants")
    .set((set) => ({ until: at, ended_at: at, ended_by: by, version: set("version", "+", 1) }))
    .where("account_id", "=", accountId)
    .where("id", "=", grantId)
    .execute();
}

/** What is paid for takes the grants' place: they are not there any more when it ends. @returns the grants that were running */
export function endGrants(tx: Tx, accountId: string, at: Date): Promise<{ id: string; plan: string; startsAt: Date }[]> {
  return tx
    .updateTable("complimentary_grants")
    .set((set) => ({ until: at, ended_at: at, version: set("version", "+", 1) }))
    .where("account_id", "=", accountId)
    .where("starts_at", "<", at)
    .where((row) => row.or([row("until", "is", null), row("until", ">", at)]))
    .returning(["id", "plan", "starts_at as startsAt"])
    .execute();
}

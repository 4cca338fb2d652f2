import type { Tx } from "../platform/app.ts";

/** What is paid for takes the grants' place: they are not there any more when it ends. @returns the grants that were running */
export function endGrants(tx: Tx, accountId: string, at: Date): Promise<{ id: string; plan: string }[]> {
  return tx
    .updateTable("complimentary_grants")
    .set({ until: at })
    .where("account_id", "=", accountId)
    .where("starts_at", "<", at)
    .where((row) => row.or([row("until", "is", null), row("until", ">", at)]))
    .returning(["id", "plan"])
    .execute();
}

import type { Tx } from "../platform/app.ts";

/** Deletes who was in the account, who was invited, and what was offered to whom. */
export async function eraseTeam(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("ownership_offers").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("account_invites").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("memberships").where("account_id", "=", accountId).execute();
}

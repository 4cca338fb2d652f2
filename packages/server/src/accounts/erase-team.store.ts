import type { Tx } from "../platform/app.ts";

/** Deletes who was in the account, who was invited, what was offered to whom, and which operator looked at it. */
export async function eraseTeam(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("impersonations").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("ownership_offers").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("account_invites").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("memberships").where("account_id", "=", accountId).execute();
}

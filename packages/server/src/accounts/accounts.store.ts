import type { Tx } from "../platform/app.ts";

export async function insertAccount(tx: Tx, account: { id: string; name: string; slug: string; createdAt: Date }): Promise<void> {
  await tx
    .insertInto("accounts")
    .values({
      id: account.id,
      name: account.name,
      slug: account.slug,
      company_size: null,
      industry: null,
      primary_use: null,
      created_at: account.createdAt,
      updated_at: account.createdAt,
      deleted_at: null,
    })
    .execute();
}

export async function markAccountDeleted(tx: Tx, accountId: string, at: Date): Promise<void> {
  await tx
    .updateTable("accounts")
    .set({ deleted_at: at, updated_at: at })
    .where("id", "=", accountId)
    .where("deleted_at", "is", null)
    .execute();
}

/** What a slug may be: the name's letters and digits, and enough of the id to be unique without asking. */
export function slugOf(name: string, accountId: string): string {
  const words = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return `${words === "" ? "team" : words}-${accountId.replaceAll("-", "").slice(-10)}`;
}

import { sql } from "kysely";
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

/** The account as its people edit it. */
export interface AccountProfile {
  readonly name: string;
  readonly companySize: string | null;
  readonly industry: string | null;
  readonly primaryUse: string | null;
}
export type StoredAccount = AccountProfile & { readonly slug: string; readonly createdAt: Date; readonly deletedAt: Date | null };
const PROFILE_COLUMNS = ["name", "slug", "company_size", "industry", "primary_use", "created_at", "deleted_at"] as const;

export async function findAccount(tx: Tx, accountId: string): Promise<StoredAccount | null> {
  const row = await tx.selectFrom("accounts").select(PROFILE_COLUMNS).where("id", "=", accountId).executeTakeFirst();
  return row ? asAccount(row) : null;
}
/** Locks the row, so that of two who edit at once the second one is compared with what the first one wrote. */
export async function lockAccount(tx: Tx, accountId: string): Promise<StoredAccount | null> {
  const row = await tx.selectFrom("accounts").select(PROFILE_COLUMNS).where("id", "=", accountId).forNoKeyUpdate().executeTakeFirst();
  return row ? asAccount(row) : null;
}
/** The slug stays: what was linked to by it is found again under a new name. */
export async function updateAccount(tx: Tx, accountId: string, profile: AccountProfile, at: Date): Promise<void> {
  await tx
    .updateTable("accounts")
    .set({
      name: profile.name,
      company_size: profile.companySize,
      industry: profile.industry,
      primary_use: profile.primaryUse,
      updated_at: at,
    })
    .where("id", "=", accountId)
    .execute();
}
/** Never lowers it, whoever was first: of two requests at once each has read what was before both. @param steps how many are done */
export async function raiseWelcomeOfAccount(tx: Tx, accountId: string, steps: number): Promise<void> {
  await tx
    .updateTable("accounts")
    .set({ onboarding_step_completed: sql<number>`greatest(onboarding_step_completed, ${steps})` })
    .where("id", "=", accountId)
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

/** An account that was to be deleted lives again. */
export async function markAccountLiving(tx: Tx, accountId: string, at: Date): Promise<void> {
  await tx.updateTable("accounts").set({ deleted_at: null, updated_at: at }).where("id", "=", accountId).execute();
}

/** The row stays for the records that point to it; what it said of the company goes. */
export async function markAccountErased(tx: Tx, accountId: string, at: Date): Promise<void> {
  await tx
    .updateTable("accounts")
    .set({
      name: "Deleted account",
      slug: `deleted-${accountId}`,
      company_size: null,
      industry: null,
      primary_use: null,
      erased_at: at,
      updated_at: at,
    })
    .where("id", "=", accountId)
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

const asAccount = (row: {
  name: string;
  slug: string;
  company_size: string | null;
  industry: string | null;
  primary_use: string | null;
  created_at: Date;
  deleted_at: Date | null;
}): StoredAccount => ({
  name: row.name,
  slug: row.slug,
  companySize: row.company_size,
  industry: row.industry,
  primaryUse: row.primary_use,
  createdAt: row.created_at,
  deletedAt: row.deleted_at,
});

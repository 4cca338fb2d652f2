import type { LeadState } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** What somebody told us; each is null when it was not told, and all are when the person was erased. */
export interface LeadWords {
  readonly name: string | null;
  readonly email: string | null;
  readonly company: string | null;
  readonly size: string | null;
  readonly message: string | null;
  readonly source: string | null;
}
export interface Lead extends LeadWords {
  readonly id: string;
  readonly state: LeadState;
  readonly version: number;
  /** Who was signed in when they wrote, or the account that it became. */
  readonly accountId: string | null;
  readonly userId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly convertedAt: Date | null;
}
/** Which leads are meant; null: all. */
export interface LeadChoice {
  readonly state: LeadState | null;
  /** Part of a name, address or company, in whatever case. */
  readonly query: string | null;
}

const COLUMNS = [
  "id",
  "name",
  "email",
  "company",
  "size",
  "message",
  "source",
  "state",
  "version",
  "linked_account_id",
  "linked_user_id",
  "created_at",
  "updated_at",
  "converted_at",
] as const;

export async function insertLead(
  tx: Tx,
  lead: LeadWords & Pick<Lead, "id" | "accountId" | "userId" | "createdAt"> & { readonly normalisedEmail: string },
): Promise<void> {
  await tx
    .insertInto("sales_leads")
    .values({
      id: lead.id,
      name: lead.name,
      email: lead.email,
      email_normalised: lead.normalisedEmail,
      company: lead.company,
      size: lead.size,
      message: lead.message,
      source: lead.source,
      linked_account_id: lead.accountId,
      linked_user_id: lead.userId,
      created_at: lead.createdAt,
      updated_at: lead.createdAt,
      converted_at: null,
    })
    .execute();
}

export async function findLead(tx: Tx, leadId: string): Promise<Lead | null> {
  const row = await tx.selectFrom("sales_leads").select(COLUMNS).where("id", "=", leadId).executeTakeFirst();
  return row ? asLead(row) : null;
}
/** Locks the row, so that of two who change it at once the second one is compared with what the first one wrote. */
export async function lockLead(tx: Tx, leadId: string): Promise<Lead | null> {
  const row = await tx.selectFrom("sales_leads").select(COLUMNS).where("id", "=", leadId).forUpdate().executeTakeFirst();
  return row ? asLead(row) : null;
}

/**
 * The leads, newest first: at most `limit` of those before the one with the id `before`, null for the newest.
 *
 * A search looks at each lead in turn: they are written by people, a few a day, and there are thousands of them and not millions.
 */
export async function listLeads(tx: Tx, choice: LeadChoice, before: string | null, limit: number): Promise<Lead[]> {
  let query = tx.selectFrom("sales_leads").select(COLUMNS);
  if (choice.state !== null) query = query.where("state", "=", choice.state);
  if (before !== null) query = query.where("id", "<", before);
  if (choice.query !== null) {
    const part = choice.query.toLowerCase();
    // Not LIKE: in what is searched for, % and _ are letters like others.
    query = query.where(sql<boolean>`strpos(lower(concat_ws(E'\n', name, email, company)), lower(${part})) > 0`);
  }
  return (await query.orderBy("id", "desc").limit(limit).execute()).map(asLead);
}

/** @returns the lead as it is now, its version one higher */
export async function setLead(
  tx: Tx,
  leadId: string,
  change: { readonly state: LeadState; readonly accountId?: string; readonly convertedAt?: Date },
  at: Date,
): Promise<Lead> {
  const row = await tx
    .updateTable("sales_leads")
    .set((set) => ({
      state: change.state,
      ...(change.accountId === undefined ? {} : { linked_account_id: change.accountId }),
      ...(change.convertedAt === undefined ? {} : { converted_at: change.convertedAt }),
      version: set("version", "+", 1),
      updated_at: at,
    }))
    .where("id", "=", leadId)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return asLead(row);
}

const asLead = (row: {
  id: string;
  name: string | null;
  email: string | null;
  company: string | null;
  size: string | null;
  message: string | null;
  source: string | null;
  state: LeadState;
  version: number;
  linked_account_id: string | null;
  linked_user_id: string | null;
  created_at: Date;
  updated_at: Date;
  converted_at: Date | null;
}): Lead => ({
  id: row.id,
  name: row.name,
  email: row.email,
  company: row.company,
  size: row.size,
  message: row.message,
  source: row.source,
  state: row.state,
  version: row.version,
  accountId: row.linked_account_id,
  userId: row.linked_user_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  convertedAt: row.converted_at,
});

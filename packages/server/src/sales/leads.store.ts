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
  /** What they were invited to come in and take, and have not taken yet; null: nothing. */
  readonly invitation: LeadInvitation | null;
}
/** As far as it stands on the ticket of the waitlist that carries it. */
export interface LeadInvitation {
  readonly entryId: string;
  readonly plan: string;
  readonly until: Date | null;
  readonly offeredAt: Date;
  readonly offeredBy: string | null;
  /** Until when the ticket is good; null: it was taken away. */
  readonly expiresAt: Date | null;
  /** When the newest mail went out; null: it has not yet. */
  readonly emailSentAt: Date | null;
  /** Since when the address has a sign-in that is proven to be theirs; null: it has none. */
  readonly registeredAt: Date | null;
}
/** Which leads are meant; null: all. */
export interface LeadChoice {
  readonly state: LeadState | null;
  /** Part of a name, address or company, in whatever case. */
  readonly query: string | null;
}

/** With the ticket, which the waitlist owns, and whether its address has come in by another way: read here, and written by who owns them. */
const leads = (tx: Tx) =>
  tx
    .selectFrom("sales_leads as l")
    .leftJoin("ticket_offers as o", "o.lead_id", "l.id")
    .leftJoin("waitlist_entries as w", "w.id", "o.entry_id")
    .leftJoin("users as u", (join) => join.onRef("u.email_normalised", "=", "w.email_normalised").on("u.email_verified_at", "is not", null))
    .select([
      "l.id",
      "l.name",
      "l.email",
      "l.company",
      "l.size",
      "l.message",
      "l.source",
      "l.state",
      "l.version",
      "l.linked_account_id",
      "l.linked_user_id",
      "l.created_at",
      "l.updated_at",
      "l.converted_at",
      "o.entry_id",
      "o.plan",
      "o.until",
      "o.offered_at",
      "o.offered_by",
      "w.expires_at",
      "w.email_sent_at",
    ])
    .select((select) => select.fn.coalesce("w.registered_at", "u.email_verified_at").as("registered_at"));
type Row = Awaited<ReturnType<ReturnType<typeof leads>["execute"]>>[number];

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
  const row = await leads(tx).where("l.id", "=", leadId).executeTakeFirst();
  return row ? asLead(row) : null;
}
/** Locks the row, so that of two who change it at once the second one is compared with what the first one wrote. */
export async function lockLead(tx: Tx, leadId: string): Promise<Lead | null> {
  const row = await tx.selectFrom("sales_leads").select("id").where("id", "=", leadId).forUpdate().executeTakeFirst();
  // By a statement of its own: one that waits for a lock sees what it joins as it was before it waited.
  return row ? findLead(tx, leadId) : null;
}

/**
 * The leads, newest first: at most `limit` of those before the one with the id `before`, null for the newest.
 *
 * A search looks at each lead in turn: they are written by people, a few a day, and there are thousands of them and not millions.
 */
export async function listLeads(tx: Tx, choice: LeadChoice, before: string | null, limit: number): Promise<Lead[]> {
  let query = leads(tx);
  if (choice.state !== null) query = query.where("l.state", "=", choice.state);
  if (before !== null) query = query.where("l.id", "<", before);
  if (choice.query !== null) {
    const part = choice.query.toLowerCase();
    // Not LIKE: in what is searched for, % and _ are letters like others.
    query = query.where(sql<boolean>`strpos(lower(concat_ws(E'\n', l.name, l.email, l.company)), lower(${part})) > 0`);
  }
  return (await query.orderBy("l.id", "desc").limit(limit).execute()).map(asLead);
}

/** @returns the lead as it is now, its version one higher */
export async function setLead(
  tx: Tx,
  leadId: string,
  change: { readonly state: LeadState; readonly accountId?: string; readonly convertedAt?: Date },
  at: Date,
): Promise<Lead> {
  await tx
    .updateTable("sales_leads")
    .set((set) => ({
      state: change.state,
      ...(change.accountId === undefined ? {} : { linked_account_id: change.accountId }),
      ...(change.convertedAt === undefined ? {} : { converted_at: change.convertedAt }),
      version: set("version", "+", 1),
      updated_at: at,
    }))
    .where("id", "=", leadId)
    .execute();
  const lead = await findLead(tx, leadId);
  if (!lead) throw new Error("the lead that was just changed is not there");
  return lead;
}

const asLead = (row: Row): Lead => ({
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
  invitation: asInvitation(row),
});

function asInvitation(row: Row): LeadInvitation | null {
  const { entry_id: entryId, plan, offered_at: offeredAt } = row;
  if (entryId === null || plan === null || offeredAt === null) return null;
  return {
    entryId,
    plan,
    until: row.until,
    offeredAt,
    offeredBy: row.offered_by,
    expiresAt: row.expires_at,
    emailSentAt: row.email_sent_at,
    registeredAt: row.registered_at,
  };
}

import { type WaitlistEntry as WaitlistFacts, type WaitlistState, waitlistState } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface WaitlistEntry extends WaitlistFacts {
  readonly id: string;
  /** As typed; `email` is the normalised one. */
  readonly address: string;
  readonly name: string | null;
  readonly company: string | null;
  readonly message: string | null;
  readonly joinedAt: Date;
  readonly welcomedAt: Date | null;
  readonly invitedAt: Date | null;
  readonly invitedBy: string | null;
  readonly expiresAt: Date | null;
  readonly emailSentAt: Date | null;
  /** Of the tickets that were sent. */
  readonly sends: number;
  readonly userId: string | null;
}

/** Who has proven the address in another way is in as well: so the user is asked for, and nobody has to write it down here. */
const entries = (tx: Tx) =>
  tx
    .selectFrom("waitlist_entries as w")
    .leftJoin("users as u", (join) => join.onRef("u.email_normalised", "=", "w.email_normalised").on("u.email_verified_at", "is not", null))
    .select([
      "w.id",
      "w.email",
      "w.email_normalised",
      "w.name",
      "w.company",
      "w.message",
      "w.joined_at",
      "w.welcomed_at",
      "w.invited_at",
      "w.invited_by",
      "w.expires_at",
      "w.email_sent_at",
      "w.sends",
    ])
    .select((select) => [
      select.fn.coalesce("w.registered_at", "u.email_verified_at").as("registered_at"),
      select.fn.coalesce("w.registered_user", "u.id").as("user_id"),
    ]);
type Row = Awaited<ReturnType<ReturnType<typeof entries>["execute"]>>[number];

const asEntry = (row: Row): WaitlistEntry => ({
  id: row.id,
  email: row.email_normalised,
  address: row.email,
  name: row.name,
  company: row.company,
  message: row.message,
  joinedAt: row.joined_at,
  welcomedAt: row.welcomed_at,
  invitedAt: row.invited_at,
  invitedBy: row.invited_by,
  expiresAt: row.expires_at,
  ticket: row.expires_at === null ? null : { expiresAt: row.expires_at },
  emailSentAt: row.email_sent_at,
  sends: row.sends,
  registeredAt: row.registered_at,
  userId: row.user_id,
});

export interface NewWaitlistEntry {
  readonly id: string;
  readonly address: string;
  readonly email: string;
  readonly name: string | null;
  readonly company: string | null;
  readonly message: string | null;
  readonly leaveHash: Buffer;
  readonly at: Date;
  /** When somebody asked for it; null: nobody did, a lead is invited. */
  readonly askedAt: Date | null;
}
/**
 * Puts somebody on the list, or finds them there, and locks the row: the same statement for everybody. What was told first stays, for anybody
 * may type the address.
 * @returns the id of the entry that the address has
 */
export async function putOnWaitlist(tx: Tx, entry: NewWaitlistEntry): Promise<string> {
  const { id } = await tx
    .insertInto("waitlist_entries")
    .values({
      id: entry.id,
      email: entry.address,
      email_normalised: entry.email,
      name: entry.name,
      company: entry.company,
      message: entry.message,
      leave_hash: entry.leaveHash,
      joined_at: entry.at,
      asked_at: entry.askedAt,
      welcomed_at: null,
      invited_at: null,
      invited_by: null,
      ticket_hash: null,
      expires_at: null,
      email_sent_at: null,
      registered_at: null,
      registered_user: null,
    })
    .onConflict((conflict) =>
      conflict.column("email_normalised").doUpdateSet({ asked_at: sql`coalesce(excluded.asked_at, waitlist_entries.asked_at)` }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export async function findWaitlistEntry(tx: Tx, id: string): Promise<WaitlistEntry | null> {
  const row = await entries(tx).where("w.id", "=", id).executeTakeFirst();
  return row ? asEntry(row) : null;
}
export async function findTicket(tx: Tx, ticketHash: Buffer): Promise<WaitlistEntry | null> {
  const row = await entries(tx).where("w.ticket_hash", "=", ticketHash).executeTakeFirst();
  return row ? asEntry(row) : null;
}
/** Locks the row: of two who come with one ticket at once, one gets in. */
export async function lockTicket(tx: Tx, ticketHash: Buffer): Promise<WaitlistEntry | null> {
  const row = await entries(tx).where("w.ticket_hash", "=", ticketHash).forUpdate("w").executeTakeFirst();
  return row ? asEntry(row) : null;
}
/** Locks those of the list that have these ids, in the order of their ids: two operators at once wait for each other and do not deadlock. */
export async function lockWaitlistEntries(tx: Tx, ids: readonly string[]): Promise<WaitlistEntry[]> {
  const rows = await entries(tx)
    .where("w.id", "in", [...ids])
    .orderBy("w.id")
    .forUpdate("w")
    .execute();
  return rows.map(asEntry);
}
/** Locks who comes next, in the order of joining. Who waited for another operator's rows goes on behind them, for those wait no more. */
export async function lockNextOnWaitlist(tx: Tx, count: number): Promise<WaitlistEntry[]> {
  const rows = await entries(tx)
    .where("w.invited_at", "is", null)
    .where("w.registered_at", "is", null)
    .where("u.id", "is", null)
    .orderBy("w.id")
    .limit(count)
    .forUpdate("w")
    .execute();
  return rows.map(asEntry);
}

export interface NewTicket {
  readonly id: string;
  readonly hash: Buffer;
}
/** Writes tickets for those with these ids, with one statement. @param invited absent: the ticket is sent again, and who invited them stays */
export async function writeTickets(
  tx: Tx,
  tickets: readonly NewTicket[],
  expiresAt: Date,
  invited?: { readonly at: Date; readonly by: string | null },
): Promise<void> {
  const by = invited ? sql`, invited_at = ${invited.at}, invited_by = ${invited.by}::uuid` : sql``;
  await sql`
    update waitlist_entries w set ticket_hash = t.hash, expires_at = ${expiresAt}, sends = w.sends + 1, email_sent_at = null ${by}
    from unnest(${tickets.map(({ id }) => id)}::uuid[], ${tickets.map(({ hash }) => hash)}::bytea[]) t (id, hash)
    where w.id = t.id`.execute(tx);
}
/** They wait again, at the place that they had. */
export async function putBackOnWaitlist(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable("waitlist_entries")
    .set({ invited_at: null, invited_by: null, ticket_hash: null, expires_at: null, email_sent_at: null })
    .where("id", "=", id)
    .execute();
}
/** Who came in by it before stays who came in. */
export async function markTicketUsed(tx: Tx, id: string, userId: string, at: Date): Promise<void> {
  await tx
    .updateTable("waitlist_entries")
    .set({ registered_at: at, registered_user: userId })
    .where("id", "=", id)
    .where("registered_at", "is", null)
    .execute();
}
export async function markWelcomed(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.updateTable("waitlist_entries").set({ welcomed_at: at }).where("id", "=", id).execute();
}
/** When the mail of the n-th ticket went out; nothing where a newer one has taken its place. */
export async function markTicketMailed(tx: Tx, id: string, sends: number, at: Date): Promise<void> {
  await tx.updateTable("waitlist_entries").set({ email_sent_at: at }).where("id", "=", id).where("sends", "=", sends).execute();
}

/** @returns the id of the entry that is gone; null: there was none */
export async function deleteWaitlistEntry(tx: Tx, by: { readonly leaveHash: Buffer } | { readonly id: string }): Promise<string | null> {
  const deletion = tx.deleteFrom("waitlist_entries").returning("id");
  const row = await ("id" in by ? deletion.where("id", "=", by.id) : deletion.where("leave_hash", "=", by.leaveHash)).executeTakeFirst();
  return row?.id ?? null;
}
/** Takes somebody off the list whom nobody but sales put on it. @returns false: they asked for it themself, and are on it still */
export async function deleteIfNeverAsked(tx: Tx, id: string): Promise<boolean> {
  const gone = await tx.deleteFrom("waitlist_entries").where("id", "=", id).where("asked_at", "is", null).returning("id").execute();
  return gone.length > 0;
}
/**
 * What the list knows of somebody who is erased, and whom it knows only by what they told sales.
 * @param person.isProven is the address proven to be theirs? Else anybody could have registered it, and takes from nobody what was offered
 */
export async function deleteWaitlistEntriesOf(
  tx: Tx,
  person: { readonly userId: string; readonly normalisedEmail: string; readonly isProven: boolean },
): Promise<void> {
  const { userId, normalisedEmail, isProven } = person;
  await sql`
    delete from waitlist_entries w where w.registered_user = ${userId}
      or (w.email_normalised = ${normalisedEmail} and (${isProven} or not exists (select from ticket_offers o where o.entry_id = w.id)))
      or (w.asked_at is null and exists (
        select from ticket_offers o join sales_leads l on l.id = o.lead_id where o.entry_id = w.id and l.linked_user_id = ${userId}))`.execute(
    tx,
  );
  await tx.updateTable("waitlist_entries").set({ invited_by: null }).where("invited_by", "=", userId).execute();
}

/** In the order of joining. @param page.after the id that the page before ended with; null: from the beginning */
export async function listWaitlist(
  tx: Tx,
  page: { readonly after: string | null; readonly limit: number; readonly state: WaitlistState | null },
  now: Date,
): Promise<WaitlistEntry[]> {
  let query = entries(tx).orderBy("w.id").limit(page.limit);
  if (page.after !== null) query = query.where("w.id", ">", page.after);
  if (page.state !== null) query = query.where(stateIs(page.state, now));
  return (await query.execute()).map(asEntry);
}
/** How many are in each state. */
export async function countWaitlist(tx: Tx, now: Date): Promise<Readonly<Record<WaitlistState, number>>> {
  const counts = { waiting: 0, invited: 0, expired: 0, registered: 0 };
  const rows = await tx
    .selectFrom("waitlist_entries as w")
    .leftJoin("users as u", (join) => join.onRef("u.email_normalised", "=", "w.email_normalised").on("u.email_verified_at", "is not", null))
    .select((select) => [
      select(select.fn.coalesce("w.registered_at", "u.email_verified_at"), "is not", null).as("is_registered"),
      sql<Date | null>`max(w.expires_at)`.as("expires_at"),
      select.fn.countAll<string>().as("count"),
    ])
    .groupBy(["is_registered", sql`w.expires_at <= ${now}`])
    .execute();
  for (const row of rows) {
    const entry = { registeredAt: row.is_registered ? now : null, ticket: row.expires_at === null ? null : { expiresAt: row.expires_at } };
    counts[waitlistState(entry, now)] += Number(row.count);
  }
  return counts;
}

/** The same as core's `waitlistState`, for the database to choose by; a test holds the two together. */
function stateIs(state: WaitlistState, now: Date) {
  const isIn = sql`coalesce(w.registered_at, u.email_verified_at) is not null`;
  switch (state) {
    case "registered":
      return sql<boolean>`${isIn}`;
    case "waiting":
      return sql<boolean>`not ${isIn} and w.expires_at is null`;
    case "invited":
      return sql<boolean>`not ${isIn} and w.expires_at > ${now}`;
    case "expired":
      return sql<boolean>`not ${isIn} and w.expires_at <= ${now}`;
  }
}

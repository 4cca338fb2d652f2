import { INVITE_ROLES, type InviteRole, type InviteState, inviteState } from "@gatehouse/core";
import type { ExpressionBuilder } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { Tables } from "../platform/tables.ts";

/** An invite as the account's people see it. */
export interface InviteView {
  readonly id: string;
  readonly email: string;
  readonly role: InviteRole;
  readonly state: InviteState;
  /** null: they are no longer in the account. */
  readonly invitedBy: { readonly userId: string; readonly name: string } | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly emailSentAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Newest first. @param page.before the id of the last one of the page before; null: the first page */
export async function listInvites(
  tx: Tx,
  accountId: string,
  page: { before: string | null; limit: number; state: InviteState | null },
  now: Date,
): Promise<InviteView[]> {
  let query = viewsOf(tx, accountId);
  if (page.before !== null) query = query.where("i.id", "<", page.before);
  if (page.state !== null) {
    const state = page.state;
    query = query.where((where) => isInState(where, state, now));
  }
  const rows = await query.orderBy("i.id", "desc").limit(page.limit).execute();
  return rows.map((row) => asView(row, now));
}

export async function findInviteView(tx: Tx, accountId: string, inviteId: string, now: Date): Promise<InviteView | null> {
  const row = await viewsOf(tx, accountId).where("i.id", "=", inviteId).executeTakeFirst();
  return row ? asView(row, now) : null;
}

const viewsOf = (tx: Tx, accountId: string) =>
  tx
    .selectFrom("account_invites as i")
    .leftJoin("memberships as m", (join) => join.onRef("m.account_id", "=", "i.account_id").onRef("m.user_id", "=", "i.invited_by"))
    .leftJoin("users as u", "u.id", "m.user_id")
    .select([
      "i.id",
      "i.email",
      "i.role",
      "i.created_at",
      "i.expires_at",
      "i.email_sent_at",
      "i.accepted_at",
      "i.revoked_at",
      "u.id as inviter_id",
      "u.name as inviter_name",
    ])
    .where("i.account_id", "=", accountId);

/** As `inviteState` decides it, for the database to choose by. */
function isInState(where: ExpressionBuilder<Tables & { i: Tables["account_invites"] }, "i">, state: InviteState, now: Date) {
  const isRevoked = where("i.revoked_at", "is not", null);
  if (state === "revoked") return isRevoked;
  const lives = where("i.revoked_at", "is", null);
  if (state === "accepted") return where.and([lives, where("i.accepted_at", "is not", null)]);
  return where.and([lives, where("i.accepted_at", "is", null), where("i.expires_at", state === "open" ? ">" : "<=", now)]);
}

function asView(row: Awaited<ReturnType<ReturnType<typeof viewsOf>["execute"]>>[number], now: Date): InviteView {
  const dates = { expiresAt: row.expires_at, acceptedAt: row.accepted_at, revokedAt: row.revoked_at };
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    state: inviteState(dates, now),
    invitedBy: row.inviter_id === null ? null : { userId: row.inviter_id, name: row.inviter_name ?? "" },
    createdAt: row.created_at,
    emailSentAt: row.email_sent_at,
    ...dates,
  };
}

export interface Known {
  readonly members: ReadonlySet<string>;
  /** By normalised address: the invite that may still be accepted. */
  readonly open: ReadonlyMap<string, string>;
  /** Invites that nobody took and whose time is over; they make room for new ones to the same address. */
  readonly lapsed: readonly string[];
}
/** Which of these addresses the account has already, as members or invited. @param emails normalised */
export async function findKnown(tx: Tx, accountId: string, emails: readonly string[], now: Date): Promise<Known> {
  if (emails.length === 0) return { members: new Set(), open: new Map(), lapsed: [] };
  const members = await tx
    .selectFrom("memberships as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select("u.email_normalised")
    .where("m.account_id", "=", accountId)
    .where("u.email_normalised", "in", emails)
    .execute();
  const invites = await tx
    .selectFrom("account_invites")
    .select(["id", "email_normalised", "expires_at"])
    .where("account_id", "=", accountId)
    .where("email_normalised", "in", emails)
    .where("accepted_at", "is", null)
    .where("revoked_at", "is", null)
    .execute();
  const isOpen = (row: { expires_at: Date }): boolean => now < row.expires_at;
  return {
    members: new Set(members.flatMap(({ email_normalised }) => email_normalised ?? [])),
    open: new Map(invites.filter(isOpen).map((row) => [row.email_normalised, row.id])),
    lapsed: invites.filter((row) => !isOpen(row)).map(({ id }) => id),
  };
}

/** Mails of invites that the account sent since then. */
export async function countSentSince(tx: Tx, accountId: string, since: Date): Promise<number> {
  const row = await tx
    .selectFrom("account_invites")
    .select((select) => select.fn.countAll<number>().as("sent"))
    .where("account_id", "=", accountId)
    .where("last_sent_at", ">", since)
    .executeTakeFirst();
  return Number(row?.sent ?? 0);
}

export interface InviteMail {
  readonly email: string;
  readonly role: InviteRole;
  readonly sends: number;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly team: string;
  readonly inviter: string | null;
  readonly isDeleted: boolean;
}
/** What the mail says, and whether it is still to be sent. */
export async function findInviteMail(tx: Tx, accountId: string, inviteId: string): Promise<InviteMail | null> {
  const row = await tx
    .selectFrom("account_invites as i")
    .innerJoin("accounts as a", "a.id", "i.account_id")
    .leftJoin("memberships as m", (join) => join.onRef("m.account_id", "=", "i.account_id").onRef("m.user_id", "=", "i.invited_by"))
    .leftJoin("users as u", "u.id", "m.user_id")
    .select([
      "i.email",
      "i.role",
      "i.sends",
      "i.expires_at",
      "i.accepted_at",
      "i.revoked_at",
      "a.name as team",
      "a.deleted_at",
      "u.name as inviter",
    ])
    .where("i.account_id", "=", accountId)
    .where("i.id", "=", inviteId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    email: row.email,
    role: row.role,
    sends: row.sends,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
    revokedAt: row.revoked_at,
    team: row.team,
    inviter: row.inviter,
    isDeleted: row.deleted_at !== null,
  };
}

/** Who joined, and who had invited them; null where either is gone. */
export async function findJoined(
  tx: Tx,
  accountId: string,
  membershipId: string,
): Promise<{ team: string; name: string; role: InviteRole; inviterEmail: string } | null> {
  const row = await tx
    .selectFrom("memberships as m")
    .innerJoin("accounts as a", "a.id", "m.account_id")
    .innerJoin("users as u", "u.id", "m.user_id")
    .innerJoin("memberships as im", (join) => join.onRef("im.account_id", "=", "m.account_id").onRef("im.user_id", "=", "m.invited_by"))
    .innerJoin("users as i", "i.id", "im.user_id")
    .select(["a.name as team", "u.name", "m.role", "i.email as inviter_email"])
    .where("m.account_id", "=", accountId)
    .where("m.id", "=", membershipId)
    .executeTakeFirst();
  const role = INVITE_ROLES.find((one) => one === row?.role);
  return row && role ? { team: row.team, name: row.name, role, inviterEmail: row.inviter_email } : null;
}

import {
  addHours,
  freeSeats,
  type InviteRole,
  type InviteRow,
  type JudgedRow,
  judgeInvites,
  may,
  parseEmail,
  whyNotInviteMore,
} from "@gatehouse/core";
import { readSeats, type Seats } from "../access/seats.ts";
import type { App, Tx } from "../platform/app.ts";
import { auditAll, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { lockAccount } from "./accounts.store.ts";
import { freshLink } from "./invite-link.ts";
import { countSentSince, findKnown } from "./invite-lists.store.ts";
import { insertInvites, markRevoked, type NewInvite } from "./invites.store.ts";
import { findInviter } from "./memberships.store.ts";

export type InviteParts = Pick<App, "clock" | "ids" | "config" | "policy" | "secrets" | "jobs" | "stripe" | "mail">;
/** What became of a row: the verdict, and the invite that was made or that stands in its way. */
export type Invited = JudgedRow & { readonly inviteId: string | null };

/**
 * Invites whom it can of a list, and says of each row what became of it. Seats are counted under the account's lock, so that two lists at
 * once do not give the same seat; invites, audit and the mails' jobs stand or fall together.
 *
 * @returns a verdict for each row in its order, and the seats as they were before
 * @throws Refusal permission_denied | account_deleted | email_not_verified | rate_limited | mail_not_configured
 */
export async function invitePeople(
  app: InviteParts,
  tx: Tx,
  by: { actor: Actor; origin: Origin },
  list: { rows: readonly InviteRow[]; defaultRole: InviteRole },
): Promise<{ rows: readonly Invited[]; seats: Seats }> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const { accountId } = by.actor;
  const now = app.clock.now();
  await lockLiving(tx, accountId);
  const inviter = await requireInviter(tx, by.actor);
  const seats = await readSeats(app, tx, accountId);
  const known = await findKnown(tx, accountId, addressesOf(list.rows), now);
  const judged = judgeInvites(list.rows, {
    members: known.members,
    invited: new Set(known.open.keys()),
    freeSeats: freeSeats(seats.limit, seats.used),
    defaultRole: list.defaultRole,
  });
  const wanted = judged.filter((row) => row.verdict === "invited").length;
  await requireMore(app, tx, accountId, inviter, wanted);
  const rows = judged.map((row): Invited => ({ ...row, inviteId: row.verdict === "invited" ? app.ids.next() : openIdOf(row, known.open) }));
  // An invite whose time is over makes room for the new one to the same address.
  await markRevoked(tx, accountId, known.lapsed, by.actor.userId, now);
  await send(app, tx, by, rows);
  return { rows, seats };
}

/** @throws Refusal account_deleted */
export async function lockLiving(tx: Tx, accountId: string): Promise<void> {
  const account = await lockAccount(tx, accountId);
  if (account === null || account.deletedAt !== null) refuse("account_deleted");
}

/** The role as it is now, under the lock: the one of the session may be some moments old. @throws Refusal permission_denied */
export async function requireInviter(tx: Tx, actor: Actor): Promise<{ readonly isVerified: boolean }> {
  const inviter = await findInviter(tx, actor.accountId, actor.userId);
  return inviter && may(inviter.role, "invites.manage") ? inviter : refuse("permission_denied");
}

/**
 * Keeps an account from mailing the whole world (IN-10), and who has not even shown that their own address is theirs from mailing more than a few.
 * @throws Refusal email_not_verified | rate_limited
 */
export async function requireMore(
  app: InviteParts,
  tx: Tx,
  accountId: string,
  inviter: { isVerified: boolean },
  wanted: number,
): Promise<void> {
  const factor = app.config.rateLimitFactor;
  if (wanted === 0 || factor === 0) return;
  const sentToday = await countSentSince(tx, accountId, addHours(app.clock.now(), -24));
  const refusal = whyNotInviteMore({ isVerified: inviter.isVerified, sentToday, wanted, factor });
  if (refusal === "rate_limited") refuse(refusal, { retryAfterSeconds: 3600 });
  if (refusal !== null) refuse(refusal);
}

const addressesOf = (rows: readonly InviteRow[]): string[] => {
  const read = rows.map(({ email }) => parseEmail(email));
  return [...new Set(read.flatMap((address) => (address.ok ? [address.normalised] : [])))];
};

function openIdOf(row: JudgedRow, open: ReadonlyMap<string, string>): string | null {
  if (row.verdict !== "already_invited") return null;
  const address = parseEmail(row.email);
  return address.ok ? (open.get(address.normalised) ?? null) : null;
}

async function send(app: InviteParts, tx: Tx, by: { actor: Actor; origin: Origin }, rows: readonly Invited[]): Promise<void> {
  const { accountId, userId } = by.actor;
  const invites = rows.flatMap((row) => (row.verdict === "invited" && row.inviteId ? [asNew(app, by.actor, row, row.inviteId)] : []));
  await insertInvites(tx, invites);
  await auditAll(
    app,
    tx,
    invites.map(({ id, role }) => ({
      ...by.origin,
      accountId,
      actorUserId: userId,
      action: "invite.created",
      targetId: id,
      details: { role },
    })),
  );
  await app.jobs.enqueueAll(
    tx,
    invites.map(({ id }) => ({ name: "mail.invite", data: { accountId, inviteId: id, sends: 1 } })),
  );
}

function asNew(app: InviteParts, actor: Actor, row: Extract<JudgedRow, { verdict: "invited" }>, id: string): NewInvite {
  const { tokenHash, expiresAt, sentAt } = freshLink(app, id, 1);
  return {
    accountId: actor.accountId,
    id,
    email: row.email,
    normalisedEmail: row.normalised,
    role: row.role,
    tokenHash,
    invitedBy: actor.userId,
    createdAt: sentAt,
    expiresAt,
  };
}

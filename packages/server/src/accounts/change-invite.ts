import { freeSeats, inviteState, whyNotResend } from "@gatehouse/core";
import { readSeats } from "../access/seats.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { limitTries } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { lockAccount } from "./accounts.store.ts";
import { freshLink } from "./invite-link.ts";
import { type InviteParts, lockLiving, requireInviter, requireMore } from "./invite-people.ts";
import { lockInviteById, markRevoked, renewLink } from "./invites.store.ts";
import { refuseSeat } from "./refuse-seat.ts";

type By = { readonly actor: Actor; readonly origin: Origin };

/**
 * Counts a wish to send an invite again, before anything is looked at: nobody's mailbox is filled by it (EM-5). The account is part of the
 * key, so that nobody counts against an invite of somebody else.
 * @throws Refusal rate_limited
 */
export async function limitResends(app: Pick<App, "db" | "clock" | "secrets" | "config">, actor: Actor, inviteId: string): Promise<void> {
  const key = `${actor.accountId}\n${inviteId}`;
  await limitTries(app, [
    { name: "invite.resend_at_once", limit: 1, windowSeconds: 60, key },
    { name: "invite.resend", limit: 5, windowSeconds: 86_400, key },
  ]);
}

/**
 * Sends an invite again, with a new link and its whole time; the older link is dead. One that had expired takes a seat again.
 * @throws Refusal invite_not_found | invite_revoked | invite_used | plan_limit_reached | permission_denied | account_deleted |
 *   email_not_verified | rate_limited | mail_not_configured
 */
export async function resendInvite(app: InviteParts, tx: Tx, by: By, inviteId: string): Promise<void> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const { accountId, userId } = by.actor;
  const now = app.clock.now();
  await lockLiving(tx, accountId);
  const inviter = await requireInviter(tx, by.actor);
  const invite = (await lockInviteById(tx, accountId, inviteId)) ?? refuse("invite_not_found");
  const refusal = whyNotResend(invite, now);
  if (refusal) refuse(refusal);
  const seats = await readSeats(app, tx, accountId);
  if (inviteState(invite, now) === "expired" && freeSeats(seats.limit, seats.used) === 0) refuseSeat(app, seats);
  await requireMore(app, tx, accountId, inviter, 1);
  const link = freshLink(app, inviteId, invite.sends + 1);
  await renewLink(tx, accountId, inviteId, link);
  await audit(app, tx, {
    ...by.origin,
    accountId,
    actorUserId: userId,
    action: "invite.resent",
    targetId: inviteId,
    details: { sends: link.sends },
  });
  await app.jobs.enqueue(tx, "mail.invite", { accountId, inviteId, sends: link.sends });
}

/**
 * Takes an invite back; its seat is free at once. Again, or of one that has expired, it changes nothing more.
 * @throws Refusal invite_not_found | invite_used | permission_denied
 */
export async function revokeInvite(app: Pick<App, "clock" | "ids">, tx: Tx, by: By, inviteId: string): Promise<void> {
  const { accountId, userId } = by.actor;
  await lockAccount(tx, accountId);
  await requireInviter(tx, by.actor);
  const invite = (await lockInviteById(tx, accountId, inviteId)) ?? refuse("invite_not_found");
  if (invite.revokedAt !== null) return;
  if (invite.acceptedAt !== null) refuse("invite_used");
  await markRevoked(tx, accountId, [inviteId], userId, app.clock.now());
  await audit(app, tx, { ...by.origin, accountId, actorUserId: userId, action: "invite.revoked", targetId: inviteId });
}

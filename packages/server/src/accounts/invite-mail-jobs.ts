import { whyDead } from "@gatehouse/core";
import { composeInvite } from "../mail/invite.ts";
import { composeMemberJoined } from "../mail/member-joined.ts";
import { siteOf } from "../mail/site-of.ts";
import type { App } from "../platform/app.ts";
import { inviteToken } from "./invite-link.ts";
import { findInviteMail, findJoined } from "./invite-lists.store.ts";
import { markMailed } from "./invites.store.ts";

/** Who does the mails about invites. A job names the invite; its link is made by the worker that sends it (mechanism 2). */
export function inviteMailJobs(app: App): void {
  app.jobs.handle("mail.invite", (data) => mailInvite(app, String(data["accountId"]), String(data["inviteId"]), Number(data["sends"])));
  app.jobs.handle("mail.member_joined", (data) => mailJoined(app, String(data["accountId"]), String(data["membershipId"])));
}

/** At least once, with a fixed Message-ID for each sending; nothing where the invite is dead, or a newer mail has taken its place. */
async function mailInvite(app: App, accountId: string, inviteId: string, sends: number): Promise<void> {
  const invite = await app.db.forAccount(accountId, (tx) => findInviteMail(tx, accountId, inviteId));
  if (!invite || invite.isDeleted || invite.sends !== sends || whyDead(invite, app.clock.now())) return;
  const { team, inviter, role, expiresAt, email } = invite;
  const link = `${app.config.baseUrl}/invite?token=${inviteToken(app, inviteId, sends)}`;
  const content = composeInvite({ site: siteOf(app), team, inviter, role, link, expiresAt });
  await app.mail.send({ to: email, messageId: `invite-${inviteId}-${sends}`, ...content });
  await app.db.forAccount(accountId, (tx) => markMailed(tx, accountId, inviteId, sends, app.clock.now()));
}

/** To who invited them, if both are still in the account. */
async function mailJoined(app: App, accountId: string, membershipId: string): Promise<void> {
  const joined = await app.db.forAccount(accountId, (tx) => findJoined(tx, accountId, membershipId));
  if (!joined) return;
  const { team, name, role } = joined;
  const content = composeMemberJoined({ site: siteOf(app), team, name, role });
  await app.mail.send({ to: joined.inviterEmail, messageId: `joined-${membershipId}`, ...content });
}

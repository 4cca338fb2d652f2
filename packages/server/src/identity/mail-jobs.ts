import { decideVerification } from "@gatehouse/core";
import { composeConnectByMail, composeFinishSignUp } from "../mail/confirm-email.ts";
import { composeEmailTakenUnverified } from "../mail/email-taken-unverified.ts";
import { composeEmailTakenVerified } from "../mail/email-taken-verified.ts";
import { composeIdentityConnected, composeIdentityRemoved } from "../mail/identity-changed.ts";
import type { MailContent, Site } from "../mail/layout.ts";
import { composePasswordChanged } from "../mail/password-changed.ts";
import { composeResetPassword } from "../mail/reset-password.ts";
import { composeSignedOutForSafety } from "../mail/signed-out-for-safety.ts";
import { siteOf } from "../mail/site-of.ts";
import { composeUseProvider } from "../mail/use-provider.ts";
import { composeVerificationReminder } from "../mail/verification-reminder.ts";
import { composeVerifyEmail } from "../mail/verify-email.ts";
import type { App } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import type { JobData, JobHandler } from "../platform/jobs.ts";
import { listIdentities } from "./identities.store.ts";
import { sendResetLink } from "./mail-links.ts";
import { findResetToken } from "./mail-tokens.store.ts";
import { consumePendingSignIns, findPendingSignIn } from "./pending-sign-ins.store.ts";
import { grantMailWish } from "./request-mail.ts";
import { findUser, findUserByEmail } from "./users.store.ts";
import { readRemindedDay } from "./verification-reminders.store.ts";
import { tokenToMail } from "./verify-email.ts";

/**
 * Who does the mail jobs of identity. A job holds ids only: links are derived here, by the worker that sends them (mechanism 2). What has
 * become pointless meanwhile (a link that was used, a user who is gone) is not sent.
 */
export function identityMailJobs(app: App): void {
  const site = siteOf(app);
  const handle = (name: string, handler: JobHandler): void => app.jobs.handle(`mail.${name}`, handler);

  handle("verify_email", (data) => mailVerification(app, site, String(data["tokenId"])));
  handle("verification_reminder", (data) => mailReminder(app, site, String(data["tokenId"]), Number(data["day"])));
  handle("reset_password", (data) => mailReset(app, site, String(data["tokenId"])));
  handle("confirm_email", (data) => mailConfirmation(app, site, String(data["pendingId"])));
  for (const what of ["identity_connected", "identity_removed"] as const) {
    handle(what, (data) => mailNotice(app, data, String(data["noticeId"]), identityNotice(app, site, what, data)));
  }
  handle("wish_verification", (data) => grantMailWish(app, "verification", data));
  handle("wish_reset", (data) => grantMailWish(app, "reset", data));
  handle("email_taken", (data) =>
    mailNotice(app, data, String(data["noticeId"]), composeEmailTakenVerified({ site, origin: originIn(data) })),
  );
  handle("password_changed", (data) =>
    mailNotice(
      app,
      data,
      String(data["noticeId"]),
      composePasswordChanged({ site, at: new Date(String(data["at"])), origin: originIn(data) }),
    ),
  );
  handle("signed_out_for_safety", (data) =>
    mailNotice(
      app,
      data,
      String(data["sessionId"]),
      composeSignedOutForSafety({ site, at: new Date(String(data["at"])), origin: originIn(data) }),
    ),
  );
}

async function mailVerification(app: App, site: Site, tokenId: string): Promise<void> {
  const found = await app.db.asSystem("a mail job names a token, not an account", (tx) => tokenToMail(tx, tokenId));
  if (!found || found.token.expiresAt <= app.clock.now()) return;
  const link = `${site.baseUrl}/verify-email?token=${app.secrets.mailToken("verify_email", tokenId)}`;
  const content = composeVerifyEmail({ site, name: found.user.name, link, expiresAt: found.token.expiresAt, origin: found.token.origin });
  await send(app, found.token.email, `verify-${tokenId}`, content);
}

/** Nothing where they were reminded of a later day meanwhile: a mail server that was away sends one mail, and not two. */
async function mailReminder(app: App, site: Site, tokenId: string, day: number): Promise<void> {
  const found = await app.db.asSystem("a mail job names a token, not an account", async (tx) => {
    const known = await tokenToMail(tx, tokenId);
    return known && (await readRemindedDay(tx, known.user.id)) === day ? known : null;
  });
  const now = app.clock.now();
  if (!found || found.token.expiresAt <= now) return;
  const { token, user } = found;
  const { graceEndsAt, open } = decideVerification(
    { emailVerifiedAt: user.emailVerifiedAt, registeredAt: user.createdAt },
    now,
    app.policy,
  );
  if (graceEndsAt === null) return;
  const link = `${site.baseUrl}/verify-email?token=${app.secrets.mailToken("verify_email", tokenId)}`;
  const { expiresAt, email } = token;
  const content = composeVerificationReminder({ site, name: user.name, link, expiresAt, graceEndsAt, isOver: !open });
  await send(app, email, `remind-${tokenId}`, content);
}

async function mailReset(app: App, site: Site, tokenId: string): Promise<void> {
  const token = await app.db.asSystem("a mail job names a token, not an account", (tx) => findResetToken(tx, tokenId));
  if (!token || token.consumedAt !== null || token.expiresAt <= app.clock.now()) return;
  const isClaim = token.purpose === "claim";
  const buttons = isClaim ? [] : await providersOf(app, token.userId);
  const secret = app.secrets.mailToken(isClaim ? "claim_address" : "reset_password", tokenId);
  const link = `${site.baseUrl}/reset-password?token=${secret}${isClaim ? "&claim=1" : ""}`;
  const { expiresAt, origin } = token;
  const content = isClaim
    ? composeEmailTakenUnverified({ site, claimLink: link, expiresAt, origin })
    : buttons.length > 0
      ? composeUseProvider({ site, providers: buttons, link, expiresAt, origin })
      : composeResetPassword({ site, link, expiresAt, origin });
  await send(app, token.email, `reset-${tokenId}`, content);
}

/** The buttons of somebody who has no password to forget; none where there is one. */
const providersOf = (app: App, userId: string): Promise<string[]> =>
  app.db.asSystem("a mail job names a person, not an account", async (tx) => {
    const user = await findUser(tx, userId);
    if (!user || user.passwordHash !== null) return [];
    const identities = await listIdentities(tx, userId);
    return [...new Set(identities.map(({ provider }) => app.oauth.nameOf(provider)))];
  });

/** What a mail that proves an address says depends on who has the address by now. */
async function mailConfirmation(app: App, site: Site, pendingId: string): Promise<void> {
  const found = await app.db.asSystem("a mail job names a row, not an account", async (tx) => {
    const pending = await findPendingSignIn(tx, pendingId);
    if (!pending || pending.consumedAt !== null || pending.expiresAt <= app.clock.now()) return null;
    const user = await findUserByEmail(tx, pending.normalisedEmail);
    if (user && !pending.identity) {
      await consumePendingSignIns(tx, pending.normalisedEmail, app.clock.now());
      if (user.emailVerifiedAt === null) await sendResetLink(app, tx, "claim", user, pending.origin);
    }
    return { pending, user };
  });
  if (!found) return;
  const { pending, user } = found;
  const { origin, expiresAt, identity, name } = pending;
  // The page asks for a password only where one was chosen.
  const link = `${site.baseUrl}/confirm-email?token=${app.secrets.mailToken("confirm_email", pendingId)}${identity ? "" : "&password=1"}`;
  const content = identity
    ? composeConnectByMail({ site, provider: app.oauth.nameOf(identity.provider), isNew: user === null, link, expiresAt, origin })
    : user
      ? composeEmailTakenVerified({ site, origin })
      : composeFinishSignUp({ site, name, link, expiresAt, origin });
  // Who never proved the address gets the link of the claim instead.
  if (user && !identity && user.emailVerifiedAt === null) return;
  // To the stored address where there is one, never to one that folds to it (EM-3).
  await send(app, user?.email ?? pending.email, `confirm-${pendingId}`, content);
}

function identityNotice(app: App, site: Site, what: "identity_connected" | "identity_removed", data: JobData): MailContent {
  const about = { site, provider: app.oauth.nameOf(String(data["provider"])), at: new Date(String(data["at"])), origin: originIn(data) };
  return what === "identity_connected" ? composeIdentityConnected(about) : composeIdentityRemoved(about);
}

async function mailNotice(app: App, data: JobData, messageId: string, content: MailContent): Promise<void> {
  const user = await app.db.asSystem("a mail job names a person, not an account", (tx) => findUser(tx, String(data["userId"])));
  if (user) await send(app, user.email, `notice-${messageId}`, content);
}

const send = (app: Pick<App, "mail">, to: string, messageId: string, content: MailContent): Promise<void> =>
  app.mail.send({ to, messageId, ...content });

const originIn = (data: JobData): Origin => ({
  ip: typeof data["ip"] === "string" ? data["ip"] : null,
  userAgent: typeof data["userAgent"] === "string" ? data["userAgent"] : null,
});

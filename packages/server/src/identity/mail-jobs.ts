import { composeEmailTakenUnverified } from "../mail/email-taken-unverified.ts";
import { composeEmailTakenVerified } from "../mail/email-taken-verified.ts";
import type { MailContent, Site } from "../mail/layout.ts";
import { composePasswordChanged } from "../mail/password-changed.ts";
import { composeResetPassword } from "../mail/reset-password.ts";
import { composeSignedOutForSafety } from "../mail/signed-out-for-safety.ts";
import { composeVerifyEmail } from "../mail/verify-email.ts";
import type { App } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import type { JobData, JobHandler } from "../platform/jobs.ts";
import { findResetToken } from "./mail-tokens.store.ts";
import { grantMailWish } from "./request-mail.ts";
import { findUser } from "./users.store.ts";
import { tokenToMail } from "./verify-email.ts";

/**
 * Who does the mail jobs of identity. A job holds ids only: links are derived here, by the worker that sends them (mechanism 2). What has
 * become pointless meanwhile (a link that was used, a user who is gone) is not sent.
 */
export function identityMailJobs(app: App): void {
  const site: Site = { productName: app.catalogue.productName, baseUrl: app.config.baseUrl, supportEmail: app.config.supportEmail };
  const handle = (name: string, handler: JobHandler): void => app.jobs.handle(`mail.${name}`, handler);

  handle("verify_email", (data) => mailVerification(app, site, String(data["tokenId"])));
  handle("reset_password", (data) => mailReset(app, site, String(data["tokenId"])));
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

async function mailReset(app: App, site: Site, tokenId: string): Promise<void> {
  const token = await app.db.asSystem("a mail job names a token, not an account", (tx) => findResetToken(tx, tokenId));
  if (!token || token.consumedAt !== null || token.expiresAt <= app.clock.now()) return;
  const isClaim = token.purpose === "claim";
  const secret = app.secrets.mailToken(isClaim ? "claim_address" : "reset_password", tokenId);
  const link = `${site.baseUrl}/reset-password?token=${secret}${isClaim ? "&claim=1" : ""}`;
  const { expiresAt, origin } = token;
  const content = isClaim
    ? composeEmailTakenUnverified({ site, claimLink: link, expiresAt, origin })
    : composeResetPassword({ site, link, expiresAt, origin });
  await send(app, token.email, `reset-${tokenId}`, content);
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

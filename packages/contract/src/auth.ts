import { z } from "zod";
import { route } from "./route.ts";
import { trial } from "./trials.ts";
import { email, id, instant, line, nothing, password, prose, token } from "./values.ts";

const tag = "Sign-up and sign-in";
export const transport = z
  .enum(["cookie", "body"])
  .default("cookie")
  .meta({ description: "Where the refresh token goes: an HttpOnly cookie (browsers) or the answer (other programs)" });

export const user = z
  .object({
    id,
    email: z.string(),
    name: z.string(),
    email_verified_at: instant.nullable(),
    role_at_signup: z.string().nullable(),
    locale: z.string(),
    has_password: z.boolean(),
    created_at: instant,
  })
  .meta({ id: "User" });

export const role = z.enum(["owner", "admin", "member", "viewer"]);
export const account = z.object({ id, name: z.string(), slug: z.string(), role }).meta({ id: "Account" });

/** What became of the invite that a person came with; the sign-in itself does not depend on it. */
export const inviteOutcome = z
  .object({
    accepted: z.boolean(),
    code: z.string().nullable().meta({ description: "Why it was not accepted: an error code such as invite_expired" }),
  })
  .meta({ id: "InviteOutcome" });

export const signedIn = z
  .object({
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "Seconds" }),
    refresh_token: z.string().optional().meta({ description: "Only with transport body" }),
    user,
    account,
    trial: trial.optional().meta({ description: "Only where the account that was just made got no trial" }),
    invite: inviteOutcome.optional().meta({ description: "Only where an invite was brought along by somebody who has a sign-in already" }),
  })
  .meta({ id: "SignedIn" });

/** Where only a mail leads on; the same for everybody. */
export const checkYourEmail = z.object({ status: z.literal("check_your_email") });

export const register = route({
  method: "POST",
  path: "/auth/register",
  auth: "none",
  tag,
  summary: "Create a user with an account and its trial, or join the account of an invite",
  body: z.strictObject({
    email,
    password,
    name: line(120),
    account_name: line(120).optional(),
    invite_token: token.optional(),
    waitlist_token: token.optional().meta({ description: "The ticket of a mail from the waitlist; lets in whatever the sign-up mode" }),
    transport,
  }),
  status: 201,
  response: signedIn,
  accepted: checkYourEmail,
  description:
    "With SIGNUP_ANSWER=mail it answers 202 to everyone without an invite, also for an address that has a user: the session comes from the mail's link.",
  errors: [
    "email_taken",
    "mail_not_configured",
    "password_weak",
    "signup_waitlist",
    "signup_invite_only",
    "signup_closed",
    "invite_not_found",
    "invite_expired",
    "invite_revoked",
    "invite_used",
    "invite_wrong_email",
    "waitlist_ticket_not_found",
    "waitlist_ticket_expired",
    "waitlist_ticket_used",
    "waitlist_ticket_wrong_email",
    "cross_site_request",
    "too_busy",
  ],
});

export const login = route({
  method: "POST",
  path: "/auth/login",
  auth: "none",
  tag,
  summary: "Sign in with email and password",
  description:
    "With `invite_token` the person joins the inviting account too, and the tokens are for that one; an invite that is dead or for another address leaves the sign-in as it is, and `invite` says why.",
  body: z.strictObject({ email: prose(320), password, account_id: id.optional(), invite_token: token.optional(), transport }),
  status: 200,
  response: signedIn,
  errors: ["invalid_credentials", "use_oauth_provider", "no_account", "account_not_found", "cross_site_request", "too_busy"],
});

export const refresh = route({
  method: "POST",
  path: "/auth/refresh",
  auth: "none",
  tag,
  summary: "Take a new access token; the refresh token rotates",
  description:
    "Within 10 seconds the same token gives the same answer, so that two tabs do not sign each other out. A token that comes back later was copied: its whole session ends.",
  body: z.strictObject({ refresh_token: token.optional(), account_id: id.optional() }).optional(),
  status: 200,
  response: signedIn,
  errors: [
    "refresh_token_invalid",
    "refresh_superseded",
    "refresh_reused",
    "session_ended",
    "account_not_found",
    "no_account",
    "cross_site_request",
  ],
});

export const logout = route({
  method: "POST",
  path: "/auth/logout",
  auth: "none",
  tag,
  summary: "End the session of the refresh token; again gives the same answer",
  body: z.strictObject({ refresh_token: token.optional() }).optional(),
  status: 204,
  response: nothing,
  errors: ["cross_site_request"],
});

const session = z.object({
  id,
  user_agent: z.string().nullable(),
  ip: z.string().nullable(),
  created_at: instant,
  last_seen_at: instant,
  is_current: z.boolean(),
});
export const listSessions = route({
  method: "GET",
  path: "/auth/sessions",
  auth: "session",
  tag,
  summary: "The devices that are signed in",
  status: 200,
  response: z.object({ items: z.array(session), next_cursor: z.null() }),
  errors: [],
});
export const revokeSession = route({
  method: "DELETE",
  path: "/auth/sessions/{id}",
  auth: "session",
  tag,
  summary: "Sign a device out; again gives the same answer",
  params: z.strictObject({ id }),
  status: 204,
  response: nothing,
  errors: ["session_not_found"],
});

export const verifyEmail = route({
  method: "POST",
  path: "/auth/email/verify",
  auth: "none",
  tag,
  summary: "Prove the address with the token of the mail",
  description:
    "Send the access token too where there is one, or the password: then the password counts as set by the owner of the address. Opening the link alone consumes nothing.",
  body: z.strictObject({ token, password: password.optional() }),
  status: 200,
  response: z.object({ email: z.string(), email_verified_at: instant }),
  errors: ["token_invalid", "token_expired", "token_used", "invalid_credentials", "cross_site_request", "too_busy"],
});
export const resendVerification = route({
  method: "POST",
  path: "/auth/email/resend",
  auth: "none",
  tag,
  summary: "Send the verification mail again",
  description: "Answers the same whether or not the address has a user, and whether or not it is verified.",
  body: z.strictObject({ email }),
  status: 202,
  response: checkYourEmail,
  errors: ["mail_not_configured", "cross_site_request"],
});

export const forgotPassword = route({
  method: "POST",
  path: "/auth/password/forgot",
  auth: "none",
  tag,
  summary: "Send a mail with a link to choose a new password",
  description: "Answers the same for every address.",
  body: z.strictObject({ email }),
  status: 202,
  response: checkYourEmail,
  errors: ["mail_not_configured", "cross_site_request"],
});
export const resetPassword = route({
  method: "POST",
  path: "/auth/password/reset",
  auth: "none",
  tag,
  summary: "Choose a new password with the token of the mail; every session ends",
  body: z.strictObject({ token, password }),
  status: 204,
  response: nothing,
  errors: ["token_invalid", "token_expired", "token_used", "password_weak", "cross_site_request", "too_busy"],
});
export const changePassword = route({
  method: "POST",
  path: "/auth/password/change",
  auth: "session",
  tag,
  summary: "Change the password, or set the first one; every other session ends",
  description: "A user without a password leaves `current_password` out and must have signed in within the last ten minutes.",
  body: z.strictObject({ current_password: password.optional(), new_password: password }),
  status: 204,
  response: nothing,
  errors: ["fresh_sign_in_required", "password_weak", "too_busy"],
});

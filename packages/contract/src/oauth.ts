import { z } from "zod";
import { checkYourEmail, signedIn, transport } from "./auth.ts";
import { route } from "./route.ts";
import { password, prose, token } from "./values.ts";

const tag = "Sign-up and sign-in";
/** Which there are is the server's to know: any word may be asked for, and what is none of them is not found (OI-20). */
const params = z.strictObject({ provider: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/) });

export const listProviders = route({
  method: "GET",
  path: "/auth/providers",
  auth: "none",
  tag,
  summary: "Which sign-in buttons to show",
  description: "Only providers that are set up. Each begins at `start_url`, to which a browser can be sent.",
  status: 200,
  response: z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), start_url: z.url() })) }),
  errors: [],
});

export const startOauth = route({
  method: "GET",
  path: "/auth/{provider}/start",
  auth: "none",
  tag,
  summary: "Begin a sign-in with a provider",
  description:
    "Answers the URL to send the person to, or, to a browser that asks for a page, redirects there. Sets a cookie that binds the sign-in to this browser. Good for ten minutes, once.",
  params,
  query: z.strictObject({
    return_to: prose(2000).optional().meta({ description: "A path of this site to go to afterwards; anything else is ignored" }),
    invite_token: token.optional(),
    waitlist_token: token.optional(),
  }),
  status: 200,
  response: z.object({ authorization_url: z.url() }),
  errors: ["provider_not_found", "oauth_not_configured", "oauth_provider_failed", "oauth_provider_unavailable"],
});

const arrived = signedIn.extend({
  outcome: z.enum(["signed_in", "signed_up", "linked", "connected"]).meta({
    description: "`linked`: the provider's account was joined to the user who has the address; `connected`: to who was signed in",
  }),
  return_to: z.string().nullable().meta({ description: "The path that was asked for at the start" }),
});

export const finishOauth = route({
  method: "POST",
  path: "/auth/{provider}/callback",
  auth: "none",
  tag,
  summary: "Finish a sign-in with a provider: sign in, sign up, or connect",
  description:
    "Takes what the provider sent to the redirect URI. 202: the provider does not prove the address, so a mail to it does, in the same browser.",
  params,
  body: z.strictObject({
    code: z.string().min(1).max(4096).optional(),
    state: z.string().min(1).max(4096).optional(),
    iss: z.string().max(2048).optional(),
    error: z.string().max(2048).optional(),
    error_description: z.string().max(8192).optional(),
    transport,
  }),
  bodyBytesMax: 32 * 1024,
  status: 200,
  response: arrived,
  accepted: checkYourEmail,
  errors: [
    "provider_not_found",
    "oauth_not_configured",
    "oauth_state_invalid",
    "oauth_denied",
    "oauth_failed",
    "oauth_provider_failed",
    "oauth_provider_unavailable",
    "email_required",
    "email_not_verified",
    "identity_conflict",
    "identity_taken",
    "mail_not_configured",
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
    "session_ended",
    "no_account",
    "cross_site_request",
  ],
});

export const confirmEmail = route({
  method: "POST",
  path: "/auth/email/confirm",
  auth: "none",
  tag,
  summary: "Go on by the link of a mail that proves the address: finish a sign-up, or join a provider's account to its user",
  description:
    "A link that joins a provider's account only works in the browser where it was begun. One that finishes a sign-up by password works everywhere; elsewhere the password must be sent too, or the user begins without one. Opening the link alone consumes nothing.",
  body: z.strictObject({ token, password: password.optional(), transport }),
  status: 200,
  response: arrived,
  errors: [
    "token_invalid",
    "token_expired",
    "token_used",
    "other_browser",
    "invalid_credentials",
    "email_taken",
    "identity_conflict",
    "signup_waitlist",
    "signup_invite_only",
    "signup_closed",
    "no_account",
    "cross_site_request",
    "too_busy",
  ],
});

export const connectOauth = route({
  method: "POST",
  path: "/auth/{provider}/connect",
  auth: "session",
  tag,
  summary: "Begin to connect an account of a provider to who is signed in",
  description:
    "Answers the URL to send the person to; the callback connects, in the same browser and while this session lasts. Send the password; a user without one must have signed in within the last ten minutes.",
  params,
  body: z.strictObject({ password: password.optional(), return_to: prose(2000).optional() }),
  status: 200,
  response: z.object({ authorization_url: z.url() }),
  errors: [
    "provider_not_found",
    "oauth_not_configured",
    "oauth_provider_failed",
    "oauth_provider_unavailable",
    "email_not_verified",
    "fresh_sign_in_required",
    "too_busy",
  ],
});

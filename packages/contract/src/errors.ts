import { adminErrors } from "./admin-errors.ts";
import { catalogueErrors } from "./catalogue-errors.ts";
import { featureErrors } from "./feature-errors.ts";
import { operatorErrors } from "./operator-errors.ts";
import { salesErrors } from "./sales-errors.ts";
import { teamErrors } from "./team-errors.ts";
import { trialErrors } from "./trial-errors.ts";
import { waitlistErrors } from "./waitlist-errors.ts";

/**
 * Every refusal of the product. The key is the code on the wire: it never changes its meaning and is never used for another one.
 * `title` says what is wrong, `mend` what the reader can do about it.
 */
export const errors = {
  // The request itself
  malformed_request: { status: 400, title: "The request could not be read.", mend: "Send well-formed JSON in UTF-8." },
  invalid_request: { status: 422, title: "The request is not as the documentation says.", mend: "Correct the fields named in `problems`." },
  unsupported_media_type: {
    status: 415,
    title: "Only application/json is taken.",
    mend: "Send the header Content-Type: application/json.",
  },
  request_too_large: { status: 413, title: "The request is too large.", mend: "Send less at once." },
  request_timeout: { status: 408, title: "The request took too long to arrive.", mend: "Try again." },
  route_not_found: { status: 404, title: "There is nothing at this address.", mend: "See /api/docs for what there is." },
  cross_site_request: {
    status: 403,
    title: "This request came from another site.",
    mend: "Call from the product's own pages, or without cookies.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "This Idempotency-Key was used for another request.",
    mend: "Take a new key for a new request.",
  },
  rate_limited: { status: 429, title: "Too many tries.", mend: "Wait as long as Retry-After says." },
  internal_error: { status: 500, title: "Something went wrong on our side.", mend: "Try again; if it stays, tell support the request_id." },
  database_unavailable: { status: 503, title: "The database cannot be reached.", mend: "Try again in a moment; nothing was half done." },
  too_busy: { status: 503, title: "Too many sign-ins at once.", mend: "Try again as Retry-After says." },
  mail_not_configured: { status: 503, title: "Mail is not set up here.", mend: "Ask the operator to set SMTP_URL." },

  // Sessions
  authentication_required: { status: 401, title: "You are not signed in.", mend: "Sign in." },
  access_token_expired: { status: 401, title: "The access token has expired.", mend: "Refresh it." },
  session_ended: { status: 401, title: "This session has ended.", mend: "Sign in again." },
  invalid_credentials: { status: 401, title: "Email or password is wrong.", mend: "Try again, or reset the password." },
  refresh_token_invalid: { status: 401, title: "This refresh token is not known or has expired.", mend: "Sign in again." },
  refresh_superseded: { status: 409, title: "Another tab has already refreshed.", mend: "Use the newer token." },
  refresh_reused: {
    status: 401,
    title: "This refresh token was used before, so its session was ended for safety.",
    mend: "Sign in again; change the password if it was not you.",
  },
  fresh_sign_in_required: {
    status: 403,
    title: "This needs a fresh proof that it is you.",
    mend: "Send the current password; without a password, sign in again and come back within ten minutes.",
  },
  session_not_found: { status: 404, title: "There is no such session.", mend: "List the sessions again." },

  // Sign-in with a provider
  provider_not_found: { status: 404, title: "There is no such sign-in provider.", mend: "See GET /auth/providers for what there is." },
  oauth_not_configured: {
    status: 503,
    title: "Sign-in with this provider is not set up here.",
    mend: "Use another way to sign in, or ask the operator to set the provider's client id and secret.",
  },
  oauth_state_invalid: {
    status: 403,
    title: "This sign-in was begun in another browser or too long ago, or it was used already.",
    mend: "Start again from the sign-in page.",
  },
  oauth_denied: {
    status: 403,
    title: "The provider was not allowed to tell us who you are.",
    mend: "Start again, or use another way to sign in.",
  },
  oauth_failed: {
    status: 401,
    title: "The sign-in with this provider did not work.",
    mend: "Start again; if it stays, use another way to sign in and tell support the request_id.",
  },
  oauth_provider_failed: {
    status: 502,
    title: "The provider answered in a way that we do not understand.",
    mend: "Try again, or use another way to sign in.",
  },
  oauth_provider_unavailable: {
    status: 503,
    title: "The provider cannot be reached.",
    mend: "Try again as Retry-After says, or use another way to sign in.",
  },
  use_oauth_provider: {
    status: 401,
    title: "This user has no password.",
    mend: "Sign in with one of `providers`.",
  },
  email_required: {
    status: 422,
    title: "The provider did not tell us your email address.",
    mend: "Allow it to, use another account there, or register with email and password.",
  },
  email_not_verified: {
    status: 403,
    title: "Your email address is not verified.",
    mend: "Follow the link in the verification mail, signed in or with your password, then try again.",
  },
  identity_conflict: {
    status: 409,
    title: "The user with this address signs in with another account of this provider.",
    mend: "Use that account; if it is no longer yours, write to support.",
  },
  identity_taken: {
    status: 409,
    title: "This account of the provider is connected to another user.",
    mend: "Sign in with it, or disconnect it there first.",
  },
  identity_not_found: { status: 404, title: "There is no such connected account.", mend: "List them again." },
  last_way_in: {
    status: 409,
    title: "This is your only way to sign in.",
    mend: "Set a password or connect another provider first.",
  },
  other_browser: {
    status: 403,
    title: "This link only works in the browser where the sign-in was begun.",
    mend: "Open it there, or start again from the sign-in page.",
  },

  // Sign-up
  email_taken: {
    status: 409,
    title: "This address already has a user.",
    mend: "Sign in or reset the password; we have sent a mail to the address.",
  },
  signup_invite_only: { status: 403, title: "Sign-up is by invitation only.", mend: "Ask somebody in your team for an invite." },
  signup_closed: { status: 403, title: "Sign-up is closed.", mend: "Come back later, or ask for an invite." },
  password_weak: { status: 422, title: "This password is too easy to guess.", mend: "Choose another one; `reason` says why." },
  email_verified_already: { status: 409, title: "This address is already verified.", mend: "Nothing needs to be done." },
  token_invalid: { status: 404, title: "This link is not valid.", mend: "Ask for a new one." },
  token_expired: { status: 410, title: "This link has expired.", mend: "Ask for a new one." },
  token_used: { status: 410, title: "This link was already used, or a newer one replaced it.", mend: "Ask for a new one if you need it." },

  ...teamErrors,
  ...trialErrors,
  ...waitlistErrors,
  ...salesErrors,
  ...operatorErrors,
  ...adminErrors,
  ...catalogueErrors,

  // Access
  subscription_required: { status: 402, title: "This needs a running plan.", mend: "See `reason`, and follow `mend`." },
  email_verification_required: {
    status: 403,
    title: "Please verify your email address to go on.",
    mend: "Follow the link in the mail, or ask for a new one.",
  },
  ...featureErrors,

  plan_limit_reached: {
    status: 402,
    title: "Your plan gives no more of this.",
    mend: "The plan gives `limit`, and you have `used`: free some, or follow `mend` to a larger plan.",
  },

  // Billing
  plan_not_for_sale: {
    status: 422,
    title: "This plan cannot be bought here.",
    mend: "Choose a plan from the pricing page, or write to us.",
  },
  seats_below_use: {
    status: 422,
    title: "More seats are in use than you want to pay for.",
    mend: "Remove members or open invites first, or choose at least `used` seats.",
  },
  seats_above_limit: { status: 422, title: "This plan has fewer seats.", mend: "Choose at most `limit` seats, or a larger plan." },
  subscription_exists: {
    status: 409,
    title: "This account already has a subscription.",
    mend: "Change its plan or seats, or mend its payment; `mend` leads there.",
  },
  subscription_not_changeable: {
    status: 409,
    title: "This subscription cannot be changed as it is now.",
    mend: "Mend the payment first; `mend` leads there.",
  },
  no_subscription: { status: 409, title: "There is no subscription to change.", mend: "Choose a plan." },
  no_billing_customer: { status: 409, title: "Nothing was bought yet, so there is nothing to manage.", mend: "Choose a plan." },
  checkout_superseded: {
    status: 409,
    title: "Another checkout was opened meanwhile, in another tab or by somebody else in your team.",
    mend: "Go on with that one, or begin again.",
  },
  checkout_not_found: { status: 404, title: "There is no such checkout.", mend: "See your plan under Billing." },
  payment_declined: {
    status: 402,
    title: "The card was declined, and nothing was changed.",
    mend: "Use another card, then try again; `reason` says what the bank said.",
  },
  billing_unavailable: {
    status: 503,
    title: "Stripe cannot be reached. Nothing was changed, and your plan stays as it is.",
    mend: "Try again as Retry-After says.",
  },
  billing_failed: {
    status: 502,
    title: "Stripe did not take the request. Nothing was changed.",
    mend: "Try again; if it stays, tell support the request_id.",
  },

  // Webhooks
  signature_invalid: {
    status: 400,
    title: "The signature is missing, wrong or too old.",
    mend: "Send the body as Stripe signed it, with the secret of this endpoint.",
  },
  event_malformed: { status: 400, title: "The body is no event.", mend: "Send events as Stripe makes them." },
  webhooks_not_configured: {
    status: 503,
    title: "Webhooks are not set up here.",
    mend: "Ask the operator to set STRIPE_WEBHOOK_SECRET; Stripe keeps the event and tries again.",
  },

  // Outside parts that are off until they are configured
  billing_not_configured: { status: 503, title: "Billing is not set up here.", mend: "Ask the operator to set the Stripe keys." },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

/** The part of a code that every app can add to: its own refusals, declared by `extendErrors`. */
export type ErrorCode = keyof typeof errors | (string & { readonly declaredByApp?: true });

export interface ErrorRow {
  readonly status: number;
  readonly title: string;
  readonly mend: string;
}

/** Codes that any route may answer with, so that no route has to list them. */
export const commonErrors = [
  "malformed_request",
  "invalid_request",
  "unsupported_media_type",
  "request_too_large",
  "rate_limited",
  "internal_error",
  "database_unavailable",
] as const;

/** Codes that every route for signed-in people may answer with. */
export const sessionErrors = ["authentication_required", "access_token_expired", "session_ended"] as const;

/** Codes that every guarded route may answer with. */
export const guardErrors = ["subscription_required", "email_verification_required"] as const;

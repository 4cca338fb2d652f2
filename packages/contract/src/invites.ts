import { INVITE_ROLES, INVITE_ROWS_MAX, INVITE_STATES, INVITE_VERDICTS } from "@gatehouse/core";
import { z } from "zod";
import { inviteOutcome, role, signedIn, transport } from "./auth.ts";
import { route } from "./route.ts";
import { email, id, instant, nothing, pageOf, paging, password, token } from "./values.ts";

const tag = "Invites";
const named = z.strictObject({ id });
const inviteRole = z.enum(INVITE_ROLES);
/** Two megabytes: 10,000 rows are read and told that they are too many, instead of being cut off. */
const LIST_BYTES_MAX = 2 * 1024 * 1024;

export const invite = z
  .object({
    id,
    email: z.string(),
    role: inviteRole,
    state: z.enum(INVITE_STATES),
    invited_by: z.object({ user_id: id, name: z.string() }).nullable(),
    created_at: instant,
    expires_at: instant,
    email_sent_at: instant.nullable().meta({ description: "When the newest mail went out; null: it has not yet" }),
    accepted_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .meta({ id: "Invite" });

export const listInvites = route({
  method: "GET",
  path: "/accounts/me/invites",
  auth: "session",
  permission: "invites.manage",
  tag,
  summary: "The account's invites, newest first",
  query: z.strictObject({ ...paging(100), state: z.enum(INVITE_STATES).optional() }),
  status: 200,
  response: pageOf(invite),
  errors: [],
});

export const createInvite = route({
  method: "POST",
  path: "/accounts/me/invites",
  auth: "session",
  permission: "invites.manage",
  tag,
  summary: "Invite somebody by mail; the invite holds a seat until it is accepted, taken back or expired",
  body: z.strictObject({ email, role: inviteRole.default("member") }),
  status: 201,
  response: invite,
  errors: [
    "invite_already_member",
    "invite_already_open",
    "plan_limit_reached",
    "account_deleted",
    "email_not_verified",
    "mail_not_configured",
  ],
  idempotent: true,
});

const listed = z.strictObject({ email: z.string().max(1000), role: z.string().max(40).nullable().default(null) });
const verdict = z
  .object({
    row: z.int().meta({ description: "Its place in the list, from 1" }),
    email: z.string().meta({ description: "As it was given" }),
    verdict: z.enum(INVITE_VERDICTS),
    why: z.string().nullable().meta({ description: "Of an invalid row: what is wrong with it" }),
    invite_id: id.nullable(),
  })
  .meta({ id: "InviteVerdict" });

export const inviteMany = route({
  method: "POST",
  path: "/accounts/me/invites/bulk",
  auth: "session",
  permission: "invites.manage",
  bodyBytesMax: LIST_BYTES_MAX,
  tag,
  summary: `Invite up to ${INVITE_ROWS_MAX} people at once; every good row goes through, and each row gets a verdict`,
  description:
    "Send `rows`, or a pasted `list`: addresses by line, comma or semicolon, `Name <address>`, or CSV with a header that names email and role. The same Idempotency-Key again gives the same verdicts and sends nothing.",
  body: z
    .strictObject({
      rows: z.array(listed).max(20_000).optional(),
      list: z.string().max(1_500_000).optional(),
      role: inviteRole.default("member").meta({ description: "Of rows that name none" }),
    })
    .refine((body) => (body.rows === undefined) !== (body.list === undefined), "must have either rows or list"),
  status: 200,
  response: z.object({
    items: z.array(verdict),
    counts: z.object(
      Object.fromEntries(INVITE_VERDICTS.map((one) => [one, z.int()])) as Record<(typeof INVITE_VERDICTS)[number], z.ZodInt>,
    ),
  }),
  errors: ["invite_list_too_long", "account_deleted", "email_not_verified", "mail_not_configured"],
  idempotent: true,
});

export const resendInvite = route({
  method: "POST",
  path: "/accounts/me/invites/{id}/resend",
  auth: "session",
  permission: "invites.manage",
  tag,
  summary: "Send an invite again, with a new link and its whole time; the older link is dead",
  params: named,
  status: 200,
  response: invite,
  errors: [
    "invite_not_found",
    "invite_revoked",
    "invite_used",
    "plan_limit_reached",
    "account_deleted",
    "email_not_verified",
    "mail_not_configured",
  ],
  idempotent: true,
});

export const revokeInvite = route({
  method: "DELETE",
  path: "/accounts/me/invites/{id}",
  auth: "session",
  permission: "invites.manage",
  tag,
  summary: "Take an invite back; again gives the same answer",
  params: named,
  status: 204,
  response: nothing,
  errors: ["invite_not_found", "invite_used"],
  idempotent: true,
});

export const readInvite = route({
  method: "GET",
  path: "/invites/{token}",
  auth: "none",
  tag,
  summary: "What the holder of the link is invited to",
  description: "Says no more than the mail did; the invited address is masked. A dead link says what became of it.",
  params: z.strictObject({ token }),
  status: 200,
  response: z.object({
    account: z.object({ name: z.string() }),
    invited_by: z.string().nullable(),
    role: inviteRole,
    email_hint: z.string().meta({ description: "g***@example.com" }),
    expires_at: instant,
  }),
  errors: ["invite_not_found", "invite_expired", "invite_revoked", "invite_used"],
});

export const acceptInvite = route({
  method: "POST",
  path: "/invites/{token}/accept",
  auth: "session",
  tag,
  summary: "Join the account that sent the invite; the address is proven by it",
  description:
    "The tokens of the answer are for the joined account. Where it was never shown that the owner of the address set the password, send it along: else password, connected providers and every session are ended, and `refresh_token` is of a new session.",
  params: z.strictObject({ token }),
  body: z.strictObject({ password: password.optional(), transport }).default({ transport: "cookie" }),
  status: 200,
  response: z.object({ ...signedIn.shape, invite: inviteOutcome, password_removed: z.boolean(), role }),
  errors: [
    "invite_not_found",
    "invite_expired",
    "invite_revoked",
    "invite_used",
    "invite_wrong_email",
    "invite_already_member",
    "invite_no_seat",
    "invalid_credentials",
    "too_busy",
  ],
});

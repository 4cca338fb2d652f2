import { z } from "zod";
import { account, role, user } from "./auth.ts";
import { route } from "./route.ts";
import { id, instant, line, pageOf, paging, prose } from "./values.ts";

const tag = "The account";

/** An account that is to be erased, and until when that can be undone. */
const deletion = z.object({ requested_at: instant, due_at: instant }).meta({ id: "AccountDeletion" });
const seats = z.object({
  limit: z.int().nullable().meta({ description: "null: no limit" }),
  used: z.int().meta({ description: "Members, and invites that may still be accepted" }),
});
export const accountDetails = z
  .object({
    id,
    name: z.string(),
    slug: z.string(),
    role,
    company_size: z.string().nullable(),
    industry: z.string().nullable(),
    primary_use: z.string().nullable(),
    seats,
    created_at: instant,
    deletion: deletion.nullable(),
  })
  .meta({ id: "AccountDetails" });

/** What is asked of a company; null takes an answer back. */
export const companyFields = {
  company_size: line(40).nullable().optional(),
  industry: line(80).nullable().optional(),
  primary_use: line(200).nullable().optional(),
};

export const listAccounts = route({
  method: "GET",
  path: "/accounts",
  auth: "session",
  tag,
  summary: "The accounts that the person is in, the newest membership first",
  status: 200,
  response: z.object({
    items: z.array(z.object({ ...account.shape, is_current: z.boolean(), deletion_due_at: instant.nullable() })),
    next_cursor: z.null(),
  }),
  errors: [],
});

export const switchAccount = route({
  method: "POST",
  path: "/accounts/switch",
  auth: "session",
  tag,
  summary: "Take an access token for another account of this person",
  description:
    "The session stays as it is, so that one tab's switch does not move another; refresh with `account_id` to stay in this account.",
  body: z.strictObject({ account_id: id }),
  status: 200,
  response: z.object({ access_token: z.string(), token_type: z.literal("Bearer"), expires_in: z.int(), user, account }),
  errors: ["account_not_found"],
});

export const getAccount = route({
  method: "GET",
  path: "/accounts/me",
  auth: "session",
  permission: "account.read",
  tag,
  summary: "The account that the token is for",
  status: 200,
  response: accountDetails,
  errors: [],
});

export const patchAccount = route({
  method: "PATCH",
  path: "/accounts/me",
  auth: "session",
  permission: "account.edit",
  tag,
  summary: "Change the account's name and what is known of the company",
  body: z
    .strictObject({ name: line(120).optional(), ...companyFields })
    .refine((body) => Object.keys(body).length > 0, "must change something"),
  status: 200,
  response: accountDetails,
  errors: [],
  idempotent: true,
});

export const deleteAccount = route({
  method: "DELETE",
  path: "/accounts/me",
  auth: "session",
  permission: "account.delete",
  tag,
  summary: "Delete the account; within 14 days it can be taken back",
  description:
    "`confirm` is the account's name, typed. The product is shut at once and no further period is charged; export and undo stay open until `due_at`, then everything is erased. Again gives the same answer.",
  body: z.strictObject({ confirm: prose(300) }),
  status: 200,
  response: deletion,
  errors: ["confirmation_wrong"],
  idempotent: true,
});

export const restoreAccount = route({
  method: "POST",
  path: "/accounts/me/restore",
  auth: "session",
  permission: "account.delete",
  tag,
  summary: "Take the deletion of the account back; of an account that lives it changes nothing",
  status: 200,
  response: accountDetails,
  errors: ["account_deletion_due"],
  idempotent: true,
});

export const exportAccount = route({
  method: "GET",
  path: "/accounts/me/export",
  auth: "session",
  permission: "account.export",
  tag,
  summary: "Everything of the account as a ZIP of JSON and Markdown",
  description:
    "Streamed, and open in every state of billing. MANIFEST.json is written last and lists every file: a download without it was broken off.",
  status: 200,
  media: ["application/zip"],
  response: z.string(),
  errors: [],
});

export const auditEvent = z
  .object({
    id,
    at: instant,
    action: z.string().meta({ description: "Past tense: member.removed" }),
    actor: z
      .object({ id: id.nullable().meta({ description: "null: an operator, whom the account's people are not told of" }), name: z.string() })
      .nullable()
      .meta({ description: "null: the system, or somebody who was not signed in" }),
    target_id: z.string().nullable(),
    ip: z.string().nullable().meta({ description: "null also for what an operator did" }),
    user_agent: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "AuditEvent" });
export const listAudit = route({
  method: "GET",
  path: "/accounts/me/audit",
  auth: "session",
  permission: "audit.read",
  tag,
  summary: "Who did what in the account, newest first",
  query: z.strictObject({
    ...paging(100),
    action: z
      .string()
      .regex(/^[a-z_]+(\.[a-z_]+)?$/, "must be an action such as member.removed, or an area such as member")
      .max(80)
      .optional()
      .meta({ description: "Only this action (member.removed), or all of an area (member)" }),
  }),
  status: 200,
  response: pageOf(auditEvent),
  errors: [],
});

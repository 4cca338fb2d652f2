import { z } from "zod";
import { account, user } from "./auth.ts";
import { route } from "./route.ts";
import { id, instant, line, nothing, password } from "./values.ts";

const tag = "The person";
const freshness = "Send the password; a user without one must have signed in within the last ten minutes.";
const whoAmI = z.object({
  user,
  account,
  permissions: z.array(z.string()),
  impersonated_by: z
    .object({ operator_id: id, ends_at: instant })
    .nullable()
    .meta({ description: "The operator who looks at the account as this person; null: the person themself" }),
});

export const getMe = route({
  method: "GET",
  path: "/me",
  auth: "session",
  tag,
  summary: "Who is signed in, in which account, and what the role allows",
  ofAccount: true,
  status: 200,
  response: whoAmI,
  errors: [],
});
export const patchMe = route({
  method: "PATCH",
  path: "/me",
  auth: "session",
  tag,
  summary: "Change name, locale or the job that you do",
  body: z
    .strictObject({
      name: line(120).optional(),
      locale: z
        .string()
        .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, "must be a language tag such as en or de-AT")
        .optional(),
      role_at_signup: line(80).nullable().optional(),
    })
    .refine((body) => Object.keys(body).length > 0, "must change something"),
  status: 200,
  response: whoAmI,
  errors: [],
  idempotent: true,
});
export const deleteMe = route({
  method: "DELETE",
  path: "/me",
  auth: "session",
  tag,
  summary: "Delete the user; the accounts that nobody else is in go too",
  description: freshness,
  body: z.strictObject({ password: password.optional() }),
  status: 204,
  response: nothing,
  errors: ["fresh_sign_in_required", "last_owner", "too_busy"],
  idempotent: true,
});

const identity = z
  .object({
    id,
    provider: z.string(),
    provider_name: z.string(),
    email: z.string().nullable().meta({ description: "As the provider told it when it was connected" }),
    connected_at: instant,
    last_used_at: instant.nullable(),
  })
  .meta({ id: "Identity" });
export const listIdentities = route({
  method: "GET",
  path: "/me/identities",
  auth: "session",
  tag,
  summary: "The accounts of providers that sign this person in",
  status: 200,
  response: z.object({ items: z.array(identity), has_password: z.boolean() }),
  errors: [],
});
export const removeIdentity = route({
  method: "DELETE",
  path: "/me/identities/{id}",
  auth: "session",
  tag,
  summary: "Disconnect an account of a provider; every other session ends",
  description: freshness,
  params: z.strictObject({ id }),
  body: z.strictObject({ password: password.optional() }).optional(),
  status: 204,
  response: nothing,
  errors: ["identity_not_found", "last_way_in", "fresh_sign_in_required", "too_busy"],
  idempotent: true,
});

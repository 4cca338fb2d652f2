import { LAYERS } from "@gatehouse/core";
import { z } from "zod";
import { route } from "./route.ts";
import { id, instant, line, prose } from "./values.ts";

const tag = "Operators: one account's flags and limits";
const about = { auth: "session", operator: true, tag, status: 200 } as const;
const reason = line(500).meta({ description: "Why; it stands in the account's audit" });
const key = z.string().max(63);
const flagParams = z.strictObject({ id, flag: key });
const limitParams = z.strictObject({ id, limit: key });
const version = z
  .int()
  .min(1)
  .max(2_147_483_647)
  .nullable()
  .default(null)
  .meta({ description: "Of what was set when it was read; null: nothing was" });
const setting = {
  expires_at: instant.nullable().default(null).meta({ description: "Exclusive; null: until it is taken away" }),
  version,
  reason,
};
const flagErrors = ["flag_not_found", "account_not_found"] as const;
const limitErrors = ["limit_not_found", "account_not_found"] as const;

const flagValue = z.union([z.boolean(), z.number(), z.string()]);
const limitValue = z.int().nullable();
/** @param value of a flag, or of a limit, where null is no limit */
const shapeOf = <T extends z.ZodType>(value: T) => ({
  account_id: id,
  key: z.string(),
  value,
  layer: z.enum(LAYERS).meta({ description: "What decides it now" }),
  until: instant.nullable().meta({ description: "When what was set ends by itself" }),
  override: z
    .object({
      value,
      reason: z.string(),
      set_by: id.nullable().meta({ description: "null: the command line" }),
      set_at: instant,
      expires_at: instant.nullable(),
      is_expired: z.boolean(),
      version: z.int(),
    })
    .nullable(),
});
const accountFlag = z.object(shapeOf(flagValue)).meta({ id: "AccountFlag" });
const accountLimit = z.object(shapeOf(limitValue)).meta({ id: "AccountLimit" });

export const getAccountFlag = route({
  ...about,
  method: "GET",
  path: "/admin/accounts/{id}/features/{flag}",
  summary: "What a flag is for an account, and what was set",
  params: flagParams,
  response: accountFlag,
  errors: flagErrors,
});
export const setAccountFlag = route({
  ...about,
  method: "PUT",
  path: "/admin/accounts/{id}/features/{flag}",
  summary: "Set a flag for one account, over what its plan says",
  params: flagParams,
  body: z.strictObject({ value: z.union([z.boolean(), z.number(), prose(200)]), ...setting }),
  response: accountFlag,
  errors: [...flagErrors, "edited_meanwhile"],
  idempotent: true,
});
export const unsetAccountFlag = route({
  ...about,
  method: "DELETE",
  path: "/admin/accounts/{id}/features/{flag}",
  summary: "Take away what was set: the account has what its plan says",
  description: "Also of a flag that has left the catalogue.",
  params: flagParams,
  body: z.strictObject({ version: z.int().min(1).max(2_147_483_647).meta({ description: "As it was read" }), reason }),
  status: 204,
  response: z.undefined(),
  errors: [...flagErrors, "override_not_found", "edited_meanwhile"],
  idempotent: true,
});

export const getAccountLimit = route({
  ...about,
  method: "GET",
  path: "/admin/accounts/{id}/limits/{limit}",
  summary: "What a limit is for an account, and what was set",
  params: limitParams,
  response: accountLimit,
  errors: limitErrors,
});
export const setAccountLimit = route({
  ...about,
  method: "PUT",
  path: "/admin/accounts/{id}/limits/{limit}",
  summary: "Set a limit for one account, over what its plan says",
  params: limitParams,
  body: z.strictObject({ value: z.int().min(0).nullable().meta({ description: "null: no limit" }), ...setting }),
  response: accountLimit,
  errors: [...limitErrors, "edited_meanwhile"],
  idempotent: true,
});
export const unsetAccountLimit = route({
  ...about,
  method: "DELETE",
  path: "/admin/accounts/{id}/limits/{limit}",
  summary: "Take away what was set: the account has what its plan says",
  description: "Also of a limit that has left the catalogue.",
  params: limitParams,
  body: z.strictObject({ version: z.int().min(1).max(2_147_483_647).meta({ description: "As it was read" }), reason }),
  status: 204,
  response: z.undefined(),
  errors: [...limitErrors, "override_not_found", "edited_meanwhile"],
  idempotent: true,
});

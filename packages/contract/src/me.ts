import { z } from "zod";
import { account, user } from "./auth.ts";
import { route } from "./route.ts";
import { line, nothing, password } from "./values.ts";

const tag = "The person";
const whoAmI = z.object({ user, account, permissions: z.array(z.string()) });

export const getMe = route({
  method: "GET",
  path: "/me",
  auth: "session",
  tag,
  summary: "Who is signed in, in which account, and what the role allows",
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
  body: z.strictObject({ password }),
  status: 204,
  response: nothing,
  errors: ["fresh_sign_in_required", "last_owner", "too_busy"],
  idempotent: true,
});

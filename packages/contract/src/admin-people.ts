import { z } from "zod";
import { role } from "./auth.ts";
import { route } from "./route.ts";
import { id, instant, line, pageOf, paging } from "./values.ts";

const tag = "Operators: people";
const shape = {
  method: "POST",
  auth: "session",
  operator: true,
  tag,
  params: z.strictObject({ id }),
  body: z.strictObject({ reason: line(500).meta({ description: "Why; it stands in the audit of each account that they are in" }) }),
  status: 200,
  idempotent: true,
} as const;

const person = z
  .object({
    id,
    email: z.string(),
    name: z.string(),
    email_verified_at: instant.nullable(),
    is_operator: z.boolean(),
    created_at: instant,
    accounts: z.array(z.object({ id, name: z.string(), role })),
  })
  .meta({ id: "FoundPerson" });

export const searchUsers = route({
  method: "GET",
  path: "/admin/users",
  auth: "session",
  operator: true,
  tag,
  summary: "Find people by the beginning of their address, in its order",
  query: z.strictObject({ ...paging(100), query: line(254) }),
  status: 200,
  response: pageOf(person),
  errors: [],
});

export const verifyUser = route({
  ...shape,
  path: "/admin/users/{id}/verify-email",
  summary: "Take somebody's address for verified, without a mail; one that is verified stays as it is",
  description: "It says nothing of who set the password: where that was never shown, an invite or a provider still removes it.",
  response: person,
  errors: ["user_not_found"],
});

export const resendToUser = route({
  ...shape,
  path: "/admin/users/{id}/resend-verification",
  summary: "Send somebody the mail that verifies their address again",
  status: 202,
  response: z.object({ status: z.literal("check_your_email") }),
  errors: ["user_not_found", "email_verified_already", "mail_not_configured"],
});

export const unlockUser = route({
  ...shape,
  path: "/admin/users/{id}/unlock",
  summary: "Forget somebody's failed sign-ins, so that they may try again at once",
  description: "Those of their address, from everywhere; and those of the places that they signed in from before.",
  response: z.object({ sources: z.int().meta({ description: "Places whose tries were forgotten" }) }),
  errors: ["user_not_found"],
});

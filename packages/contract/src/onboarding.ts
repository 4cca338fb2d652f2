import { z } from "zod";
import { companyFields } from "./accounts.ts";
import { route } from "./route.ts";
import { line } from "./values.ts";

const tag = "Onboarding";

const onboarding = z
  .object({
    welcome: z.object({
      steps: z.array(z.object({ key: z.string(), state: z.enum(["done", "current", "ahead"]) })),
      current: z.string().nullable().meta({ description: "Where to go on; null: the welcome is over" }),
      is_over: z.boolean(),
    }),
    answers: z.object({
      role_at_signup: z.string().nullable(),
      account_name: z.string(),
      company_size: z.string().nullable(),
      industry: z.string().nullable(),
      primary_use: z.string().nullable(),
    }),
    checklist: z.object({
      items: z.array(z.object({ key: z.string(), title: z.string(), done: z.boolean(), path: z.string().nullable() })),
      done: z.int(),
      total: z.int(),
    }),
  })
  .meta({ id: "Onboarding" });

export const getOnboarding = route({
  method: "GET",
  path: "/onboarding",
  auth: "session",
  tag,
  summary: "Where the welcome stands, and what is done of the first steps",
  description: "The checklist is looked up and not stored: what is undone is open again.",
  status: 200,
  response: onboarding,
  errors: [],
});

export const patchOnboarding = route({
  method: "PATCH",
  path: "/onboarding",
  auth: "session",
  tag,
  summary: "Finish or skip a step of the welcome, with or without its answers",
  description:
    "A step without answers is skipped, and what was answered before stays. The welcome never goes back: a request that comes late leaves what was reached. `skip_rest` ends it.",
  body: z
    .strictObject({
      step: line(40).optional(),
      role_at_signup: line(80).nullable().optional(),
      account_name: line(120).optional(),
      ...companyFields,
      skip_rest: z.literal(true).optional(),
    })
    .refine((body) => (body.step === undefined) !== (body.skip_rest === undefined), "must have either step or skip_rest"),
  status: 200,
  response: onboarding,
  errors: ["permission_denied"],
  idempotent: true,
});

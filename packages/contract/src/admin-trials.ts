import { CLAIM_KINDS, TRIAL_REFUSALS } from "@gatehouse/core";
import { z } from "zod";
import { route } from "./route.ts";
import { id, instant, line } from "./values.ts";

const tag = "Operators: trials";
const about = { auth: "session", operator: true, tag, status: 200 } as const;
const params = z.strictObject({ id });

const claims = z
  .object({
    account_id: id,
    trial_ends_at: instant.nullable().meta({ description: "null: the account has no trial" }),
    refusal: z
      .object({
        reason: z.enum(TRIAL_REFUSALS),
        at: instant,
        waived_at: instant.nullable(),
        waived_by: id.nullable(),
        waiver_reason: z.string().nullable(),
      })
      .nullable()
      .meta({
        description: "Why it got none at sign-up, or (trial_used_by_card) gets no more than it has; null: nothing speaks against it",
      }),
    claims: z
      .array(
        z.object({
          kind: z.enum(CLAIM_KINDS),
          at: instant,
          proven_at: instant.nullable().meta({ description: "null: nobody has proven the address yet" }),
        }),
      )
      .meta({ description: "What its trial is remembered by; the hashes themselves are shown to nobody" }),
  })
  .meta({ id: "TrialClaims" });

export const listTrialClaims = route({
  ...about,
  method: "GET",
  path: "/admin/accounts/{id}/trial-claims",
  summary: "Why an account has no trial, or what its trial is remembered by",
  params,
  response: claims,
  errors: ["account_not_found"],
});

export const waiveTrial = route({
  ...about,
  method: "POST",
  path: "/admin/accounts/{id}/trial-waiver",
  summary: "Give an account its trial after all, as long as any; or set aside that its card had another one",
  params,
  body: z.strictObject({ reason: line(500).meta({ description: "Why; it stands in the account's audit" }) }),
  response: claims,
  errors: ["account_not_found", "account_deleted", "trial_given_already"],
  idempotent: true,
});

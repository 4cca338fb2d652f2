import { TRIAL_REFUSALS } from "@gatehouse/core";
import { z } from "zod";
import { mend } from "./problem.ts";

/** Why there is no more of a trial, and what can be done about it. */
export const trialRefusal = z
  .object({
    reason: z.enum(TRIAL_REFUSALS),
    text: z.string().meta({ description: "The reason as a person reads it" }),
    mend: mend.meta({ description: "The way out: whom to talk to" }),
  })
  .meta({ id: "TrialRefusal" });

/** Sign-up never fails for it: without a trial the account is on the plan that costs nothing. */
export const trial = z
  .object({
    granted: z.boolean(),
    reason: z.enum(TRIAL_REFUSALS).nullable().meta({ description: "Why there was none" }),
    text: z.string().nullable().meta({ description: "The reason as a person reads it" }),
    mend: mend.nullable().meta({ description: "The way out: whom to talk to" }),
  })
  .meta({ id: "TrialVerdict" });

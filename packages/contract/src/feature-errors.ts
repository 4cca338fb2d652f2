/** Refusals of flags: a part of `errors`, by the same rules. */
export const featureErrors = {
  feature_not_in_plan: {
    status: 403,
    title: "Your plan does not have this.",
    mend: "Follow `mend` to `plan`, the lowest that has it. Where that is null no plan has it: talk to us.",
  },
} as const;

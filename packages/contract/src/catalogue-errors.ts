/** Refusals of plans, flags and limits: a part of `errors`, by the same rules. */
export const catalogueErrors = {
  plan_not_found: { status: 404, title: "There is no such plan.", mend: "Choose one of those that `known` names." },
  flag_not_found: { status: 404, title: "There is no such flag.", mend: "Choose one of those that `known` names." },
  limit_not_found: { status: 404, title: "There is no such limit.", mend: "Choose one of those that `known` names." },
  override_not_found: {
    status: 404,
    title: "Nothing was set for this account.",
    mend: "Nothing needs to be taken away: the account has what its plan gives.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

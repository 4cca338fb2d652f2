/** Refusals of sales: a part of `errors`, by the same rules. */
export const salesErrors = {
  lead_not_found: { status: 404, title: "There is no such lead.", mend: "List the leads again." },
  lead_state_unreachable: {
    status: 409,
    title: "A lead does not go from this state to that one.",
    mend: "Take one of `reachable`.",
  },
  lead_converted: {
    status: 409,
    title: "This lead was converted before.",
    mend: "Change what the account has there: `account_id` names it.",
  },
  lead_without_account: {
    status: 409,
    title: "It is not known which account is theirs.",
    mend: "Ask them to register, then name their account in `account_id`.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

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
    mend: "Name their account in `account_id`: the lead has no address any more that could be invited.",
  },
  lead_invited: {
    status: 409,
    title: "This person is invited already, and has not come in yet.",
    mend: "Send the invitation again, or take it back and go on anew; `lead_id` names the lead that it is of.",
  },
  lead_not_invited: {
    status: 409,
    title: "There is no invitation of this lead that waits.",
    mend: "Look at the lead again: who came in is named in `account_id`; who was not invited yet is, by converting it.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

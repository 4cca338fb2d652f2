/** Refusals of what operators do to accounts, people, events and jobs: a part of `errors`, by the same rules. */
export const adminErrors = {
  plan_unknown: { status: 422, title: "There is no such plan.", mend: "Choose one of `plans`." },
  grant_in_the_past: {
    status: 422,
    title: "This would have ended before it begins. Nothing was given.",
    mend: "Choose an `until` in the future, or null for no end.",
  },
  grant_not_found: { status: 404, title: "The account has no such complimentary plan.", mend: "Look at the account again." },
  trial_not_found: { status: 404, title: "The account never had a trial.", mend: "Give it a complimentary plan instead." },
  trial_extension_too_long: {
    status: 422,
    title: "A trial is not extended by that much. Nothing was changed.",
    mend: "Give at most the `days_left` of `limit` in all; beyond that, give a complimentary plan.",
  },
  user_not_found: { status: 404, title: "There is no such user.", mend: "Search by the beginning of their address." },
  impersonation_read_only: {
    status: 403,
    title: "Who looks at an account as an operator only reads.",
    mend: "Do it as yourself under /admin, or ask somebody of the account to do it.",
  },
  impersonation_account_only: {
    status: 403,
    title: "This is a person's own, and not shown to an operator who looks at their account.",
    mend: "Ask the person.",
  },
  impersonation_refused: {
    status: 403,
    title: "This account is not looked at in that way.",
    mend: "See `reason`: it is another operator's (operators_account), or nobody is in it (nobody_there).",
  },
  impersonation_not_found: { status: 404, title: "There is no such impersonation.", mend: "See the account's audit." },
  event_not_found: { status: 404, title: "There is no such event.", mend: "List the events again; Stripe keeps them for 30 days." },
  job_not_found: { status: 404, title: "There is no such job.", mend: "List the jobs again: what was done is cleared away after a while." },
  job_not_failed: {
    status: 409,
    title: "This job has not failed, so there is nothing to try again.",
    mend: "See `state` for how it stands.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

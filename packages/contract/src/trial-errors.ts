/** Refusals of trials that operators give: a part of `errors`, by the same rules. */
export const trialErrors = {
  trial_given_already: {
    status: 409,
    title: "The account has had its trial. Nothing was given.",
    mend: "Make that trial longer, or give the account a complimentary plan.",
  },
  trial_is_second: {
    status: 409,
    title: "A card of the account has paid before for another one that had a trial. The trial was not made longer.",
    mend: "See why (/admin/accounts/{id}/trial-claims) and waive it first, or give the account a complimentary plan.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

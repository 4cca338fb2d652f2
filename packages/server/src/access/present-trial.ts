import type { TrialRefusal } from "@gatehouse/core";
import type { Config } from "../platform/config.ts";

/** Nobody is named: who asks may have typed a colleague's or a stranger's address. */
const WORDS: Readonly<Record<TrialRefusal, string>> = {
  trial_used_by_person: "You have had a trial before. Choose a plan, or talk to us if that was somebody else.",
  trial_used_by_company: "Your company has a team here already: ask a colleague for an invite, or talk to us about a trial of your own.",
  trial_used_by_card:
    "A card of your team has paid before for a team that had a trial, so a plan that you buy now is paid for at once. You can use your trial to its end first, or talk to us.",
  disposable_address: "There is no trial for throw-away addresses. Sign up with another address, or talk to us.",
};

/**
 * Whether the account was given a trial, and if not, why and what can be done about it. It is no wall: the account is there, on the plan
 * that costs nothing.
 * @param refusal null also of an account from before trials were remembered
 */
export function presentTrial(site: Pick<Config, "supportEmail">, granted: boolean, refusal: TrialRefusal | null) {
  return { granted, ...(granted || refusal === null ? { reason: null, text: null, mend: null } : presentRefusal(site, refusal)) };
}

export const presentRefusal = (site: Pick<Config, "supportEmail">, reason: TrialRefusal) => ({
  reason,
  text: WORDS[reason],
  mend: { action: "talk_to_us", url: `mailto:${site.supportEmail}` },
});

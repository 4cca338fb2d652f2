import type { TrialRefusal } from "@gatehouse/core";
import type { Config } from "../platform/config.ts";

/** Nobody is named: who asks may have typed a colleague's or a stranger's address. */
const WORDS: Readonly<Record<TrialRefusal, string>> = {
  trial_used_by_person: "You have had a trial before. Choose a plan, or talk to us if that was somebody else.",
  trial_used_by_company: "Your company has a team here already: ask a colleague for an invite, or talk to us about a trial of your own.",
  disposable_address: "There is no trial for throw-away addresses. Sign up with another address, or talk to us.",
};

/**
 * Whether the account was given a trial, and if not, why and what can be done about it. It is no wall: the account is there, on the plan
 * that costs nothing.
 * @param refusal null also of an account from before trials were remembered
 */
export function presentTrial(site: Pick<Config, "supportEmail">, granted: boolean, refusal: TrialRefusal | null) {
  const reason = granted ? null : refusal;
  return {
    granted,
    reason,
    text: reason === null ? null : WORDS[reason],
    mend: reason === null ? null : { action: "talk_to_us", url: `mailto:${site.supportEmail}` },
  };
}

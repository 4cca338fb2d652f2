import {
  PASSWORD_CHARACTERS_MAX,
  PASSWORD_CHARACTERS_MIN,
  type PasswordOwner,
  type PasswordWeakness,
  whyPasswordWeak,
} from "@gatehouse/core";
import { refuse } from "../platform/refuse.ts";
import { isCommonPassword } from "./common-passwords.ts";

const IN_WORDS: Record<PasswordWeakness, string> = {
  too_short: `This password is too short: it needs ${PASSWORD_CHARACTERS_MIN} characters or more.`,
  too_long: `This password is too long: it may have ${PASSWORD_CHARACTERS_MAX} characters at most.`,
  common: "This password is on lists that attackers try first. Choose one that nobody else would use.",
  contains_identity:
    "This password is little more than your name, your address or the product's name. Choose one that says nothing of you.",
  trivial:
    "This password is one pattern over and over, or a run of neighbours. Choose one that is harder to guess, such as four unrelated words.",
};

/**
 * Refuses a password that is easy to guess. Asked where a password is chosen, never where one is presented.
 * @param field where the request holds it, as `problems` names it
 * @throws Refusal password_weak with `reason` (a `PasswordWeakness`) and the sentence for a person in `problems`
 */
export function checkPassword(password: string, owner: PasswordOwner, field = "body.password"): void {
  const reason = whyPasswordWeak(password, owner, isCommonPassword);
  if (reason !== null) refuse("password_weak", { reason, problems: [{ at: field, why: IN_WORDS[reason] }] });
}

import { parseEmail } from "@gatehouse/core";
import { list, oneOf, variable } from "./config-variable.ts";

const section = "Sign-up";
/** As addresses are compared: ASCII, in lower case. */
const isDomain = (part: string): boolean => {
  const read = parseEmail(`a@${part}`);
  return read.ok && read.normalised === `a@${part}`;
};
const WHY = "must be domains in lower case such as example.com";

/** Who gets a trial. */
export const trialVariables = {
  TRIAL_ABUSE: variable({
    section,
    description:
      "on: one trial a person and a company, remembered by hashes made with GATEHOUSE_SECRET, so that another secret forgets them. off: a trial for every new account",
    default: "on",
    read: oneOf(["on", "off"]),
  }),
  DISPOSABLE_DOMAINS_ALLOW: variable({
    section,
    description: "Domains that are on the list of throw-away mail and get a trial all the same, with all below them, comma separated",
    default: "",
    example: "example.com",
    read: list(isDomain, WHY),
  }),
  DISPOSABLE_DOMAINS_DENY: variable({
    section,
    description: "Domains that get no trial, as if they were on the list of throw-away mail, with all below them, comma separated",
    default: "",
    example: "example.net",
    read: list(isDomain, WHY),
  }),
};

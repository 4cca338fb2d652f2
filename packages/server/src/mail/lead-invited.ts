import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** To who wrote to sales and has no account: what they are given, and the way in to it. The address need not be theirs who typed it. */
export function composeLeadInvited(about: {
  site: Site;
  /** As typed by whoever wrote: it is shown defused. */
  name: string | null;
  /** As the catalogue calls it. */
  plan: string;
  /** Until when it is given; null: without an end. */
  until: Date | null;
  link: string;
  expiresAt: Date;
}): MailContent {
  const { site, plan, until } = about;
  const name = defuseName(about.name ?? "");
  return writeMail(site, {
    subject: `Your ${plan} plan at ${site.productName} is ready`,
    parts: [
      { kind: "words", words: name === "" ? "Hello," : `Hello ${name},` },
      { kind: "words", words: `you wrote to us about ${site.productName}, and this is ready for you:` },
      {
        kind: "facts",
        facts: [
          ["Plan", plan],
          ["Until", until === null ? "without an end" : sayTime(until)],
        ],
      },
      { kind: "button", label: "Come in", url: about.link },
      {
        kind: "words",
        words: `Your own account has the plan from its first moment. If you have a sign-in with this address already, the page asks which account is to have it.`,
      },
      {
        kind: "words",
        words: `The link works until ${sayTime(about.expiresAt)}, once, and only for this email address. Please do not pass it on: whoever has it comes in as you.`,
      },
      { kind: "words", words: "You did not write to us, or do not want it? Then do nothing: no account is made without you." },
    ],
    because: "this address was given to our sales",
  });
}

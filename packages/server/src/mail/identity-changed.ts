import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

interface About {
  readonly site: Site;
  readonly provider: string;
  readonly at: Date;
  readonly origin: Origin | null;
}

/** Tells the owner that there is one more way in as them (LG-5). */
export function composeIdentityConnected(about: About): MailContent {
  const { site, provider } = about;
  return writeMail(site, {
    subject: `${provider} now signs you in to ${site.productName}`,
    parts: [
      { kind: "words", words: `A ${provider} account was connected to your sign-in at ${site.productName}. From now on it signs you in.` },
      { kind: "facts", facts: [["When", sayTime(about.at)], ...originFacts(about.origin)] },
      { kind: "words", words: "If it was you, all is well." },
      {
        kind: "words",
        words: "Not you? Choose a new password now: that signs everybody out. Then disconnect the account, and write to us.",
      },
      { kind: "button", label: "Choose a new password", url: `${site.baseUrl}/reset-password` },
    ],
  });
}

/** Tells the owner that there is one way in less. */
export function composeIdentityRemoved(about: About): MailContent {
  const { site, provider } = about;
  return writeMail(site, {
    subject: `${provider} no longer signs you in to ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `A ${provider} account was disconnected from your sign-in at ${site.productName}, and your other devices were signed out.`,
      },
      { kind: "facts", facts: [["When", sayTime(about.at)], ...originFacts(about.origin)] },
      { kind: "words", words: "If it was you, all is well." },
      { kind: "words", words: "Not you? Choose a new password now: that signs everybody out. Then write to us." },
      { kind: "button", label: "Choose a new password", url: `${site.baseUrl}/reset-password` },
    ],
  });
}

import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** A refresh token came back after it had been used, so two hold it: the session was ended, and its owner must know why (RT-1). */
export function composeSignedOutForSafety(about: {
  site: Site;
  at: Date;
  /** Who presented the used token: the thief or the owner, which cannot be told apart. */
  origin: Origin | null;
}): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `We signed out one of your devices at ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `One of your sign-ins at ${site.productName} was used from two places at once. That happens when a browser's data was copied, so we ended it for both.`,
      },
      { kind: "facts", facts: [["When", sayTime(about.at)], ...originFacts(about.origin)] },
      { kind: "words", words: "If you know this place - you restored a computer from a backup, say - sign in again, and all is well." },
      { kind: "button", label: "Sign in", url: `${site.baseUrl}/sign-in` },
      {
        kind: "words",
        words:
          "If you do not know it, somebody may have copied your browser's data. Choose a new password, which signs out every device, and check the device that you use for malware.",
      },
      { kind: "link", label: "Choose a new password", url: `${site.baseUrl}/reset-password` },
    ],
  });
}

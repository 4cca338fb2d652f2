import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** Tells the owner that their password is another one now, so that a thief cannot change it unseen (PW-6). */
export function composePasswordChanged(about: { site: Site; at: Date; origin: Origin | null }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `Your password for ${site.productName} was changed`,
    parts: [
      { kind: "words", words: `The password for your sign-in at ${site.productName} was changed, and your other devices were signed out.` },
      { kind: "facts", facts: [["When", sayTime(about.at)], ...originFacts(about.origin)] },
      { kind: "words", words: "If it was you, all is well." },
      {
        kind: "words",
        words:
          "Not you? Somebody knows your old password or can read your mail. Choose a new password now: that signs them out. Then change the password of your mailbox too.",
      },
      { kind: "button", label: "Choose a new password", url: `${site.baseUrl}/reset-password` },
    ],
  });
}

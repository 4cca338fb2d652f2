import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** The way back in for who owns the address. An address without a user gets no mail at all: it never asked us for anything. */
export function composeResetPassword(about: { site: Site; link: string; expiresAt: Date; origin: Origin | null }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `Choose a new password for ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `Somebody asked for a new password at ${site.productName} for this email address. If it was you, choose it here:`,
      },
      { kind: "button", label: "Choose a new password", url: about.link },
      {
        kind: "words",
        words: `The link works until ${sayTime(about.expiresAt)}, once. When the new password is set, every device is signed out.`,
      },
      { kind: "facts", facts: originFacts(about.origin) },
      {
        kind: "words",
        words:
          "Not you? You need not do anything: your password stays as it is. Please do not pass this mail on: whoever has the link can set the password.",
      },
    ],
  });
}

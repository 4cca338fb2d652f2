import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/**
 * To an address that somebody registered and never confirmed, when somebody registers it again. Which of the two owns it is not known:
 * only who reads this mail does, so its link throws out whoever registered and starts clean (law 6).
 */
export function composeEmailTakenUnverified(about: { site: Site; claimLink: string; expiresAt: Date; origin: Origin | null }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `Is this your email address? Claim it at ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `Somebody just tried to register at ${site.productName} with this email address. It had been registered before, perhaps by you, perhaps by somebody else, and was never confirmed.`,
      },
      {
        kind: "words",
        words:
          "If you want to use it, claim it: you choose a password, and whoever registered before is signed out for good, with all the ways in that they had.",
      },
      { kind: "button", label: "Claim this address", url: about.claimLink },
      { kind: "words", words: `The link works until ${sayTime(about.expiresAt)}, once.` },
      { kind: "facts", facts: originFacts(about.origin) },
      { kind: "words", words: "Not you? You need not do anything. Please do not pass this mail on: whoever has the link has the address." },
    ],
  });
}

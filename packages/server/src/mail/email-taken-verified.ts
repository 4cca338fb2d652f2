import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";

/** To the owner of a confirmed address with which somebody tried to register again. It changes nothing, and it says so. */
export function composeEmailTakenVerified(about: { site: Site; origin: Origin | null }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `You already have a sign-in at ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `Somebody tried to register at ${site.productName} with this email address. It has a sign-in already, so nothing was changed or created.`,
      },
      { kind: "words", words: "If it was you, sign in as before:" },
      { kind: "button", label: "Sign in", url: `${site.baseUrl}/sign-in` },
      { kind: "link", label: "I have forgotten my password", url: `${site.baseUrl}/reset-password` },
      { kind: "facts", facts: originFacts(about.origin) },
      { kind: "words", words: "Not you? You need not do anything: nobody has got in." },
    ],
  });
}

import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** To somebody who asks for a new password and never had one: which button to use, and a way out if that account is lost. */
export function composeUseProvider(about: {
  site: Site;
  /** Names, at least one. */
  providers: readonly string[];
  link: string;
  expiresAt: Date;
  origin: Origin | null;
}): MailContent {
  const { site } = about;
  const names = about.providers.join(" or ");
  return writeMail(site, {
    subject: `You sign in to ${site.productName} with ${names}`,
    parts: [
      {
        kind: "words",
        words: `Somebody asked for a new password at ${site.productName} for this email address. There is none to forget: you sign in with ${names}. Use the button "Continue with ${about.providers[0]}" here:`,
      },
      { kind: "button", label: "Go to the sign-in page", url: `${site.baseUrl}/sign-in` },
      { kind: "words", words: `You would rather have a password, or cannot use ${names} any more? Then choose one:` },
      { kind: "link", label: "Choose a password", url: about.link },
      { kind: "words", words: `That link works until ${sayTime(about.expiresAt)}, once; every device is signed out by it.` },
      { kind: "facts", facts: originFacts(about.origin) },
      {
        kind: "words",
        words: "Not you? You need not do anything. Please do not pass this mail on: whoever has the link can set the password.",
      },
    ],
  });
}

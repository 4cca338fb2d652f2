import type { Origin } from "../platform/audit.store.ts";
import { defuseName } from "./defuse-name.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/**
 * "Is this address yours?" Anybody may have typed it, so the mail says who asked and from where (PH-6), and what to do when that was
 * somebody else: nothing, or take the address by choosing a password, which throws them out.
 */
export function composeVerifyEmail(about: {
  site: Site;
  /** As typed by whoever registered: it is shown defused. */
  name: string;
  link: string;
  expiresAt: Date;
  origin: Origin | null;
}): MailContent {
  const { site } = about;
  const name = defuseName(about.name);
  return writeMail(site, {
    subject: `Confirm your email address for ${site.productName}`,
    parts: [
      { kind: "words", words: name === "" ? "Hello," : `Hello ${name},` },
      {
        kind: "words",
        words: `somebody registered at ${site.productName} with this email address. If it was you, please confirm that the address is yours.`,
      },
      { kind: "button", label: "Confirm this address", url: about.link },
      { kind: "words", words: `The link works until ${sayTime(about.expiresAt)}, once.` },
      { kind: "facts", facts: originFacts(about.origin) },
      {
        kind: "words",
        words:
          "Not you? Then do not confirm it. You can do nothing, or claim the address: choose a password of your own, and whoever registered with it is signed out for good.",
      },
      { kind: "link", label: "It was not me: claim my address", url: `${site.baseUrl}/reset-password` },
    ],
  });
}

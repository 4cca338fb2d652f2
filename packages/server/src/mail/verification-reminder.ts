import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** "Please confirm your address", again: until when it can wait, and what happens then. */
export function composeVerificationReminder(about: {
  site: Site;
  /** As typed by whoever registered: it is shown defused. */
  name: string;
  link: string;
  expiresAt: Date;
  graceEndsAt: Date;
  /** Has the grace ended by now? */
  isOver: boolean;
}): MailContent {
  const { site } = about;
  const name = defuseName(about.name);
  const end = sayTime(about.graceEndsAt);
  return writeMail(site, {
    subject: `Please confirm your email address for ${site.productName}`,
    parts: [
      { kind: "words", words: name === "" ? "Hello," : `Hello ${name},` },
      { kind: "words", words: `you registered at ${site.productName}, and this email address was not confirmed yet.` },
      {
        kind: "words",
        words: about.isOver
          ? `Since ${end} ${site.productName} is closed to you until you confirm it. Nothing is lost: everything is there again as soon as you have.`
          : `You can work without it until ${end}. After that ${site.productName} is closed to you until you confirm it; nothing is lost.`,
      },
      { kind: "button", label: "Confirm this address", url: about.link },
      { kind: "words", words: `The link works until ${sayTime(about.expiresAt)}, once.` },
      {
        kind: "words",
        words:
          "Not you? Then do not confirm it. You can do nothing, or claim the address: choose a password of your own, and whoever registered with it is signed out for good.",
      },
      { kind: "link", label: "It was not me: claim my address", url: `${site.baseUrl}/reset-password` },
    ],
    because: "somebody registered with this address and has not confirmed it",
  });
}

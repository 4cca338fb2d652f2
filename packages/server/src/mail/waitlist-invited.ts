import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** "It is your turn." The link lets in who has this address, and proves it. */
export function composeWaitlistInvited(about: {
  site: Site;
  /** As typed by whoever joined: it is shown defused. */
  name: string | null;
  link: string;
  expiresAt: Date;
  leaveLink: string;
}): MailContent {
  const { site } = about;
  const name = defuseName(about.name ?? "");
  return writeMail(site, {
    subject: `It is your turn: come in to ${site.productName}`,
    parts: [
      { kind: "words", words: name === "" ? "Hello," : `Hello ${name},` },
      { kind: "words", words: `you waited to be let in to ${site.productName}, and now it is your turn.` },
      { kind: "button", label: "Create your account", url: about.link },
      {
        kind: "words",
        words: `The link works until ${sayTime(about.expiresAt)}, once, and only for this email address. Please do not pass it on: whoever has it comes in as you.`,
      },
      {
        kind: "words",
        words: "You do not want to come in any more? Then do nothing, or leave the waitlist: what was told with it is erased.",
      },
      { kind: "link", label: "Leave the waitlist", url: about.leaveLink },
    ],
    because: "your address is on the waitlist",
  });
}

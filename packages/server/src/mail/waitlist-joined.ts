import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Site, writeMail } from "./layout.ts";

/** "You are on the list." Anybody may have typed the address, so the mail says how to get off it. Nobody is told their place. */
export function composeWaitlistJoined(about: {
  site: Site;
  /** As typed by whoever joined: it is shown defused. */
  name: string | null;
  leaveLink: string;
}): MailContent {
  const { site } = about;
  const name = defuseName(about.name ?? "");
  return writeMail(site, {
    subject: `You are on the waitlist of ${site.productName}`,
    parts: [
      { kind: "words", words: name === "" ? "Hello," : `Hello ${name},` },
      {
        kind: "words",
        words: `this address is on the waitlist of ${site.productName}. We let people in one group after another. When it is your turn, we send you a mail with a link; until then there is nothing to do.`,
      },
      {
        kind: "words",
        words: "You did not ask for this, or do not want to wait? One press takes you off the list, and erases what was told with it.",
      },
      { kind: "link", label: "Leave the waitlist", url: about.leaveLink },
    ],
    because: "somebody typed your address to join the waitlist",
  });
}

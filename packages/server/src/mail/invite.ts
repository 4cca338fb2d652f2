import type { InviteRole } from "@gatehouse/core";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { namePerson, nameTeam } from "./name-team.ts";
import { sayRole, sayWhatRoleMay } from "./say-role.ts";
import { sayTime } from "./say-time.ts";

/**
 * "Will you join?" Anybody with an account may have typed the address, so the names are shown defused, and the mail says that nothing
 * happens to who does nothing.
 */
export function composeInvite(about: {
  site: Site;
  /** The account's name, as its people typed it. */
  team: string;
  /** Who invites, as they typed their name; null: they are gone. */
  inviter: string | null;
  role: InviteRole;
  link: string;
  expiresAt: Date;
}): MailContent {
  const { site, role } = about;
  return writeMail(site, {
    subject: `You are invited to a team at ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `${namePerson(about.inviter, "Somebody")} invites you to join ${nameTeam(about.team)} at ${site.productName}, as ${sayRole(role)}.`,
      },
      { kind: "words", words: sayWhatRoleMay(role) },
      { kind: "button", label: "See the invite", url: about.link },
      {
        kind: "words",
        words: `The link works until ${sayTime(about.expiresAt)}, once, and only for this email address. The page that it leads to also takes you in if you have no sign-in yet.`,
      },
      {
        kind: "words",
        words:
          "You did not expect this, or do not know who sent it? Ignore this mail: nothing happens without you. Please do not pass it on: whoever has the link can use your invite.",
      },
    ],
    because: "somebody in a team typed your address to invite you",
  });
}

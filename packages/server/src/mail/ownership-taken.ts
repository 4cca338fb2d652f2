import type { Role } from "@gatehouse/core";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { namePerson, nameTeam } from "./name-team.ts";
import { sayRole } from "./say-role.ts";
import { sayTime } from "./say-time.ts";

/** To who gave it, so that a thief who was at their browser cannot give the team away unseen. @param about.to the new owner's name, as they typed it */
export function composeOwnershipTaken(about: { site: Site; team: string; to: string; roleAfter: Role; at: Date }): MailContent {
  const { site, roleAfter } = about;
  const after = roleAfter === "owner" ? "You are an owner still." : `You are ${sayRole(roleAfter)} now.`;
  return writeMail(site, {
    subject: `Your team at ${site.productName} has a new owner`,
    parts: [
      {
        kind: "words",
        words: `${namePerson(about.to, "A member")} took the ownership of ${nameTeam(about.team)} that you had offered. ${after}`,
      },
      { kind: "facts", facts: [["When", sayTime(about.at)]] },
      { kind: "words", words: "If you had offered it, all is well." },
      {
        kind: "words",
        words: `Not you? Then somebody knows your password. Choose a new one now: that signs everybody out. Then write to ${site.supportEmail} at once.`,
      },
      { kind: "button", label: "Choose a new password", url: `${site.baseUrl}/reset-password` },
    ],
    because: "you owned a team",
  });
}

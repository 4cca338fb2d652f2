import type { Role } from "@gatehouse/core";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { namePerson, nameTeam } from "./name-team.ts";
import { sayRole, sayWhatRoleMay } from "./say-role.ts";
import { sayTime } from "./say-time.ts";

/** To the member who may take it. The answer is given signed in: the mail holds no token. @param about.from the owner's name, as they typed it */
export function composeOwnershipOffered(about: { site: Site; team: string; from: string; roleAfter: Role; expiresAt: Date }): MailContent {
  const { site, roleAfter } = about;
  const after = roleAfter === "owner" ? "stays an owner beside you" : `is ${sayRole(roleAfter)} from then on`;
  return writeMail(site, {
    subject: `A team at ${site.productName} is offered to you`,
    parts: [
      {
        kind: "words",
        words: `${namePerson(about.from, "An owner")} offers you the ownership of ${nameTeam(about.team)} at ${site.productName}. If you take it, you are an owner, and who offers it ${after}.`,
      },
      { kind: "words", words: sayWhatRoleMay("owner") },
      { kind: "button", label: "See the offer", url: `${site.baseUrl}/team` },
      {
        kind: "words",
        words: `There you can take it or decline it, until ${sayTime(about.expiresAt)}. Until you take it, nothing changes.`,
      },
    ],
    because: "you are in a team",
  });
}

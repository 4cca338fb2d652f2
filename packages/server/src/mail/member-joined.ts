import type { InviteRole } from "@gatehouse/core";
import { type MailContent, type Site, writeMail } from "./layout.ts";
import { namePerson, nameTeam } from "./name-team.ts";
import { sayRole } from "./say-role.ts";

/** To who sent the invite: it was accepted. @param about.name of who joined, as they typed it */
export function composeMemberJoined(about: { site: Site; team: string; name: string; role: InviteRole }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `Your invite at ${site.productName} was accepted`,
    parts: [
      {
        kind: "words",
        words: `${namePerson(about.name, "Somebody whom you invited")} is in ${nameTeam(about.team)} now, as ${sayRole(about.role)}.`,
      },
      { kind: "words", words: "Is it not who you meant? On the page of your team you can change what they may do, or remove them." },
      { kind: "button", label: "See your team", url: `${site.baseUrl}/team` },
    ],
    because: "you invited somebody to a team",
  });
}

import { type MailContent, type Site, writeMail } from "./layout.ts";
import { nameTeam } from "./name-team.ts";
import { sayTime } from "./say-time.ts";

/** To everybody who was told that the account would be erased. A subscription that was cancelled meanwhile does not come back by itself. */
export function composeAccountRestored(about: { site: Site; team: string; at: Date }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `A team at ${site.productName} was brought back`,
    parts: [
      {
        kind: "words",
        words: `An owner took the deletion of ${nameTeam(about.team)} at ${site.productName} back. Nothing is erased, and you can go on where you stopped.`,
      },
      { kind: "facts", facts: [["When", sayTime(about.at)]] },
      {
        kind: "words",
        words:
          "Your plan renews as before. If the period that you paid for ended meanwhile, it was not renewed: then owners and admins can choose a plan again.",
      },
      { kind: "button", label: "See the team", url: `${site.baseUrl}/team` },
    ],
    because: "you are in a team",
  });
}

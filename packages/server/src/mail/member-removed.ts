import { type MailContent, type Site, writeMail } from "./layout.ts";
import { nameTeam } from "./name-team.ts";
import { sayTime } from "./say-time.ts";

/** To who was taken out of an account by somebody else. It does not say by whom: that is for the team to say. */
export function composeMemberRemoved(about: { site: Site; team: string; at: Date }): MailContent {
  const { site } = about;
  return writeMail(site, {
    subject: `You are no longer in a team at ${site.productName}`,
    parts: [
      {
        kind: "words",
        words: `You were taken out of ${nameTeam(about.team)} at ${site.productName}, so you cannot open it any more, on any device.`,
      },
      { kind: "facts", facts: [["When", sayTime(about.at)]] },
      {
        kind: "words",
        words:
          "What you made there stays with the team. Your sign-in stays yours, and so do the other teams that you are in. If you think that this is a mistake, ask the people of the team: they can invite you again.",
      },
      { kind: "button", label: "See your teams", url: `${site.baseUrl}/team` },
    ],
    because: "you were in a team",
  });
}

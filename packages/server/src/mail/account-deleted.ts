import type { Origin } from "../platform/audit.store.ts";
import { type MailContent, originFacts, type Part, type Site, writeMail } from "./layout.ts";
import { nameTeam } from "./name-team.ts";
import { sayTime } from "./say-time.ts";

export interface DeletedAccount {
  readonly site: Site;
  readonly team: string;
  /** When everything is erased: until then it can be taken back. */
  readonly dueAt: Date;
  readonly at: Date;
  readonly origin: Origin | null;
  /** The reader is an owner. */
  readonly mayUndo: boolean;
  /** The reader is in no other account, so that their user is erased with this one. */
  readonly losesSignIn: boolean;
}

/** To everybody in an account that is to be erased: what it means for them, and how long it can be taken back. */
export function composeAccountDeleted(about: DeletedAccount): MailContent {
  const { site, mayUndo, losesSignIn } = about;
  const due = sayTime(about.dueAt);
  const parts: Part[] = [
    {
      kind: "words",
      words: `An owner deleted ${nameTeam(about.team)} at ${site.productName}. It is closed now, and no further period is charged.`,
    },
    {
      kind: "facts",
      facts: [["Deleted", sayTime(about.at)], ["Erased for good", due], ...originFacts(about.origin)],
    },
    { kind: "words", words: undoWords(mayUndo, due) },
    { kind: "words", words: `Until then owners and admins can still download everything that is in it.` },
  ];
  if (losesSignIn)
    parts.push({
      kind: "words",
      words: `You are in no other team, so your own sign-in is erased on that day too. To keep it, join another team before.`,
    });
  parts.push({ kind: "button", label: mayUndo ? "Take it back, or download" : "See the team", url: `${site.baseUrl}/team` });
  return writeMail(site, { subject: `A team at ${site.productName} was deleted`, parts, because: "you are in a team" });
}

function undoWords(mayUndo: boolean, due: string): string {
  return mayUndo
    ? `Not meant? You can take it back until ${due}, and everything is as it was. Was it none of your owners? Take it back, and choose a new password.`
    : `Not meant? An owner of the team can take it back until ${due}, and everything is as it was.`;
}

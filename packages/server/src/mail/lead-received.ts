import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Part, type Site, writeMail } from "./layout.ts";

/** What a stranger told us, as far as sales is told of it. */
export interface LeadWords {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly company: string | null;
  readonly size: string | null;
  readonly message: string | null;
  readonly source: string | null;
  readonly accountId: string | null;
}
/** The rest is read where the lead is kept. */
const MESSAGE_CHARACTERS_MAX = 2000;

/** To sales. Whose words are whose is said, and the stranger's come last: nothing of ours follows that they could seem to say. */
export function composeLeadReceived({ site, lead }: { site: Site; lead: LeadWords }): MailContent {
  const fact = (name: string, value: string): (readonly [string, string])[] => (value === "" ? [] : [[name, value]]);
  const message = [...(lead.message ?? "")];
  const parts: Part[] = [
    { kind: "words", words: "Somebody wrote to sales. What they say of themselves nobody has checked." },
    {
      kind: "facts",
      facts: [
        ["Lead", lead.id],
        ...fact("Name", defuseName(lead.name ?? "")),
        ...fact("Address", lead.email ?? ""),
        ...fact("Company", defuseName(lead.company ?? "")),
        // Not as a name: "51-200" has as many figures as a telephone number.
        ...fact("Size", (lead.size ?? "").replace(/[^\p{L}\p{N} +<>–-]/gu, " ").trim()),
        ...fact("Comes from", lead.source ?? ""),
        ...fact("Account, by their session", lead.accountId ?? ""),
      ],
    },
    { kind: "words", words: `What to do: answer them, then say so: gatehouse leads set ${lead.id} contacted --reason "written to"` },
    { kind: "words", words: "Their message, in their own words. Be careful with links in it:" },
    {
      kind: "words",
      words: `${message.slice(0, MESSAGE_CHARACTERS_MAX).join("")}${message.length > MESSAGE_CHARACTERS_MAX ? " [...]" : ""}`,
    },
  ];
  return writeMail(site, {
    subject: `${site.productName}: somebody wants to talk to sales`,
    parts,
    because: "this address is set as that of its sales",
  });
}

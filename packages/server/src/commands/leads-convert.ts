import { type Converted, convertLead } from "../admin/convert-lead.ts";
import { presentLead } from "../admin/present-lead.ts";
import { findOne } from "./accounts.ts";
import { AT_COMMAND_LINE, type Command, type CommandResult } from "./context.ts";
import { leadIdOf, versionOf, versionOption } from "./leads-invitation.ts";
import { withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { instantOption, reasonOption } from "./read-options.ts";

const REASON = "a lead becomes an account that is not the operator's";

export const leadsConvert: Command = {
  name: "leads convert",
  summary: "Give a lead's account a plan, free of charge or by contract; the lead is won by it",
  details:
    "No event of Stripe touches the plan, and it ends when they pay for one themselves. Who has no account that is known is invited by mail, and has the plan when they come in; a server or worker that runs sends it.",
  positionals: ["LEAD", "PLAN"],
  options: {
    account: { type: "string", description: "Which account; without it, the one that asked or that its address owns" },
    until: { type: "string", description: "When the plan ends, with its zone; without it, it has no end" },
    version: versionOption,
    reason: { type: "string", description: "Why, for the audit; required" },
  },
  examples: [
    "gatehouse leads convert 01890000-0000-7000-8000-000000000000 team --until 2027-01-01T00:00:00Z --reason 'contract 12'",
    "gatehouse leads convert 01890000-0000-7000-8000-000000000000 team --account ada@example.com --reason 'contract 12'",
  ],
  run: (context, [id = "", plan = ""], options) => {
    const leadId = leadIdOf(id);
    const by = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") };
    const [until, named] = [instantOption(options, "until"), options["account"]];
    const version = versionOf(options);
    return withParts(context, (parts) =>
      plainRefusals(async () => {
        await parts.jobs.start();
        return parts.db.asSystem(REASON, async (tx) => {
          const accountId = typeof named === "string" ? await findOne(parts, tx, named.trim()) : null;
          return said(await convertLead(parts, tx, by, leadId, { plan, until, accountId, version }), plan, until, parts.clock.now());
        });
      }),
    );
  },
};

function said(done: Converted, plan: string, until: Date | null, now: Date): CommandResult {
  const { outcome, lead, accountId, grantId } = done;
  const end = until === null ? "without an end" : `until ${until.toISOString()}`;
  const link = lead.invitation?.expiresAt?.toISOString();
  const text =
    outcome === "converted"
      ? `The lead is ${lead.state}: account ${accountId} has ${plan}, ${end} (grant ${grantId}).`
      : `${lead.email} is invited to ${plan}, ${end}; the link is good until ${link}.`;
  return { text, data: { outcome, lead: presentLead(lead, now), account_id: accountId, grant_id: grantId } };
}

import { convertLead } from "../admin/convert-lead.ts";
import { presentLead } from "../admin/present-lead.ts";
import { UserError } from "../cli-error.ts";
import { findOne } from "./accounts.ts";
import { AT_COMMAND_LINE, type Command } from "./context.ts";
import { withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { instantOption, reasonOption } from "./read-options.ts";

const REASON = "a lead becomes an account that is not the operator's";

export const leadsConvert: Command = {
  name: "leads convert",
  summary: "Give a lead's account a plan, free of charge or by contract; the lead is won by it",
  details: "No event of Stripe touches the plan, and it ends when they pay for one themselves. Who has no account yet registers first.",
  positionals: ["LEAD", "PLAN"],
  options: {
    account: { type: "string", description: "Which account; without it, the one that asked" },
    until: { type: "string", description: "When the plan ends, with its zone; without it, it has no end" },
    reason: { type: "string", description: "Why, for the audit; required" },
  },
  examples: [
    "gatehouse leads convert 01890000-0000-7000-8000-000000000000 team --until 2027-01-01T00:00:00Z --reason 'contract 12'",
    "gatehouse leads convert 01890000-0000-7000-8000-000000000000 team --account ada@example.com --reason 'contract 12'",
  ],
  run: (context, [id = "", plan = ""], options) => {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw new UserError(`${JSON.stringify(id)} is no id of a lead.`);
    const by = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") };
    const [until, named] = [instantOption(options, "until"), options["account"]];
    return withParts(context, (parts) =>
      plainRefusals(() =>
        parts.db.asSystem(REASON, async (tx) => {
          const wish = { plan, until, accountId: typeof named === "string" ? await findOne(parts, tx, named.trim()) : null };
          const { lead, accountId, grantId } = await convertLead(parts, tx, by, id, wish);
          const end = until === null ? "without an end" : `until ${until.toISOString()}`;
          return {
            text: `The lead is ${lead.state}: account ${accountId} has ${plan}, ${end} (grant ${grantId}).`,
            data: { lead: presentLead(lead), account_id: accountId, grant_id: grantId },
          };
        }),
      ),
    );
  },
};

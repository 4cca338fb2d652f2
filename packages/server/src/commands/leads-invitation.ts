import { resendInvitation, takeBackInvitation } from "../admin/lead-invitation.ts";
import { presentLead } from "../admin/present-lead.ts";
import { requireMail } from "../admin/waitlist-routes.ts";
import { UserError } from "../cli-error.ts";
import type { Tx } from "../platform/app.ts";
import type { Lead } from "../sales/leads.store.ts";
import { AT_COMMAND_LINE, type Command, type CommandContext, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { countOption, reasonOption } from "./read-options.ts";

export const versionOption = { type: "string", description: "as it was read: if somebody changed it since, nothing is done" } as const;
const options = { version: versionOption, reason: { type: "string", description: "why, for the audit; required" } } as const;

export const leadsResendInvitation: Command = {
  name: "leads resend-invitation",
  summary: "Send a lead who was invited a new link, with its whole time anew; the older one ends",
  details: "A server or worker that runs sends the mail.",
  positionals: ["LEAD"],
  options,
  examples: ["gatehouse leads resend-invitation 01890000-0000-7000-8000-000000000000 --reason 'they were away, ticket 17'"],
  run(context, [id = ""], given) {
    return onInvitation(context, id, given, async (parts, tx, by, which) => {
      requireMail(parts);
      const lead = await resendInvitation(parts, tx, by, which);
      return { lead, text: `A new link goes to ${lead.email}, good until ${lead.invitation?.expiresAt?.toISOString()}.` };
    });
  },
};

export const leadsTakeBackInvitation: Command = {
  name: "leads take-back-invitation",
  summary: "Take the invitation of a lead back: its link lets nobody in any more",
  details: "The lead can then be converted anew, with another plan, or given up.",
  positionals: ["LEAD"],
  options,
  examples: ["gatehouse leads take-back-invitation 01890000-0000-7000-8000-000000000000 --reason 'another plan, ticket 17'"],
  run(context, [id = ""], given) {
    return onInvitation(context, id, given, async (parts, tx, by, which) => {
      const lead = await takeBackInvitation(parts, tx, by, which);
      return { lead, text: `${lead.email} is not invited any more.` };
    });
  },
};

type Work = (
  parts: ToolParts,
  tx: Tx,
  by: Parameters<typeof resendInvitation>[2],
  which: Parameters<typeof resendInvitation>[3],
) => Promise<{ readonly lead: Lead; readonly text: string }>;

function onInvitation(context: CommandContext, id: string, given: OptionValues, work: Work) {
  const which = { leadId: leadIdOf(id), version: versionOf(given) };
  const by = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(given, "") };
  return withParts(context, (parts) =>
    plainRefusals(async () => {
      await parts.jobs.start();
      const { lead, text } = await parts.db.asSystem("leads are of no account", (tx) => work(parts, tx, by, which));
      return { text, data: presentLead(lead, parts.clock.now()) };
    }),
  );
}

/** @throws UserError when it is none */
export function leadIdOf(id: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw new UserError(`${JSON.stringify(id)} is no id of a lead.`);
  return id;
}

/** null: whatever it is by now. */
export const versionOf = (given: OptionValues): number | null =>
  given["version"] === undefined ? null : countOption(given, "version", { min: 1, max: 999_999_999, otherwise: 1 });

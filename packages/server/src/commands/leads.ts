import { adminLeads, errors } from "@gatehouse/contract";
import { LEAD_STATES, type LeadState } from "@gatehouse/core";
import { presentLead, presentNote } from "../admin/present-lead.ts";
import { UserError } from "../cli-error.ts";
import type { Tx } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import { exportLeads } from "../sales/export-leads.ts";
import { type LeadNote, listNotes } from "../sales/lead-notes.store.ts";
import { findLead, type Lead, listLeads } from "../sales/leads.store.ts";
import { moveLead, type Seller } from "../sales/move-lead.ts";
import { noteLead } from "../sales/note-lead.ts";
import { COMMAND_LINE, type Command, type CommandContext, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { countOption, reasonOption } from "./read-options.ts";

/** Shown at once; `leads export` has all. */
const SHOWN_MAX = 100;
const STATES = LEAD_STATES.join(", ");
const BY: Seller = { userId: null, origin: { ip: null, userAgent: COMMAND_LINE } };
const OF_NO_ACCOUNT = "leads are of no account";
const choosing = {
  state: { type: "string", description: `only those that are ${STATES}` },
  query: { type: "string", description: "part of a name, address or company" },
} as const;

export const leadsList: Command = {
  name: "leads list",
  summary: "Show who wrote to sales, the newest first",
  positionals: [],
  options: choosing,
  examples: ["gatehouse leads list", "gatehouse leads list --state new --json"],
  run: (context, _positionals, options) =>
    withParts(context, async (parts) => {
      const choice = choiceOf(options);
      const leads = await parts.db.asSystem(OF_NO_ACCOUNT, (tx) => listLeads(tx, choice, null, SHOWN_MAX + 1));
      const shown = leads.slice(0, SHOWN_MAX);
      const more = leads.length > SHOWN_MAX ? [`There are more; gatehouse leads export has all.`] : [];
      const items = shown.map((lead) => presentLead(lead, parts.clock.now()));
      const lines = shown.map((lead, place) => {
        const invitation = items[place]?.invitation ?? null;
        const invited = invitation === null ? "" : `; invited to ${invitation.plan}: ${INVITED[invitation.state]}`;
        return `${lead.id}  ${lead.state.padEnd(9)}  ${day(lead.createdAt)}  ${whoIs(lead)}${invited}`;
      });
      return {
        text: shown.length === 0 ? "There is no such lead." : [...lines, ...more].join("\n"),
        data: { items, has_more: more.length > 0 },
      };
    }),
};

export const leadsShow: Command = {
  name: "leads show",
  summary: "Show one lead: what they wrote, and what was noted",
  positionals: ["LEAD"],
  options: {},
  examples: ["gatehouse leads show 01890000-0000-7000-8000-000000000000"],
  run: (context, [id = ""]) =>
    onLead(context, id, async (parts, tx, leadId) => {
      const lead = await findLead(tx, leadId);
      if (!lead) throw new Refusal("lead_not_found");
      const notes = await listNotes(tx, leadId);
      const shown = presentLead(lead, parts.clock.now());
      return { text: sayLead(lead, shown, notes), data: { lead: shown, notes: notes.map(presentNote) } };
    }),
};

export const leadsNote: Command = {
  name: "leads note",
  summary: "Note something about a lead",
  positionals: ["LEAD", "TEXT"],
  options: {},
  examples: ["gatehouse leads note 01890000-0000-7000-8000-000000000000 'wants an invoice, calls back on Monday'"],
  run: (context, [id = "", text = ""]) =>
    onLead(context, id, async (parts, tx, leadId) => {
      const read = adminLeads.noteLead.body.safeParse({ text });
      if (!read.success) throw new UserError("A note has 1 to 5000 characters of plain text.");
      const note = await noteLead(parts, tx, BY, leadId, { text, reason: null });
      return { text: "Noted.", data: presentNote(note) };
    }),
};

export const leadsSet: Command = {
  name: "leads set",
  summary: "Say how far a lead has come",
  details: `A lead is ${STATES}; where it can go from there is shown by gatehouse leads show.`,
  positionals: ["LEAD", "STATE"],
  options: {
    reason: { type: "string", description: "why, for the audit; required" },
    version: { type: "string", description: "as it was read: if somebody changed it since, nothing is done" },
  },
  examples: ["gatehouse leads set 01890000-0000-7000-8000-000000000000 contacted --reason 'written to'"],
  run(context, [id = "", word = ""], options) {
    const state = stateOf(word);
    const reason = reasonOption(options, "");
    const version = options["version"] === undefined ? null : countOption(options, "version", { min: 1, max: 999_999_999, otherwise: 1 });
    return onLead(context, id, async (parts, tx, leadId) => {
      const lead = await moveLead(parts, tx, BY, leadId, { state, version, reason });
      return { text: `${whoIs(lead)} is ${lead.state}.`, data: presentLead(lead, parts.clock.now()) };
    });
  },
};

export const leadsExport: Command = {
  name: "leads export",
  summary: "Print the leads as CSV",
  details: "A cell that a spreadsheet would run as a formula begins with an apostrophe.",
  positionals: [],
  options: choosing,
  examples: ["gatehouse leads export --state won > won.csv"],
  run: (context, _positionals, options) =>
    withParts(context, async (parts) => {
      let csv = "";
      for await (const lines of exportLeads(parts, choiceOf(options))) csv += lines;
      return { text: csv.trimEnd(), data: { csv } };
    }),
};

/** One transaction on one lead; a refusal is said in the words of the catalogue. */
function onLead<T>(context: CommandContext, id: string, work: (parts: ToolParts, tx: Tx, leadId: string) => Promise<T>): Promise<T> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw new UserError(`${JSON.stringify(id)} is no id of a lead.`);
  return withParts(context, async (parts) => {
    try {
      return await parts.db.asSystem(OF_NO_ACCOUNT, (tx) => work(parts, tx, id));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new UserError(inWords(error));
    }
  });
}

function inWords({ code, details }: Refusal): string {
  if (code === "lead_state_unreachable")
    return `A lead that is ${details["state"]} can become ${String(details["reachable"]).replaceAll(",", ", ")}.`;
  if (code === "lead_invited") return `${errors.lead_invited.title} Take the invitation back first.`;
  if (code === "edited_meanwhile") return `Somebody changed it meanwhile: it is ${details["state"]} now, in version ${details["version"]}.`;
  return code === "lead_not_found" ? errors.lead_not_found.title : code;
}

const choiceOf = ({ state, query }: OptionValues) => ({
  state: typeof state === "string" ? stateOf(state) : null,
  query: typeof query === "string" && query !== "" ? query : null,
});

function stateOf(word: string): LeadState {
  const state = LEAD_STATES.find((one) => one === word);
  if (!state) throw new UserError(`${JSON.stringify(word)} is no state of a lead: take one of ${STATES}.`);
  return state;
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
const INVITED = {
  waiting: "they have not come in yet",
  has_sign_in: "they have a sign-in by now, and have not taken it yet",
  expired: "their link has expired",
} as const;
/** On one line: what strangers typed is printed by a terminal. */
const whoIs = ({ name, email, company }: Lead): string =>
  email === null ? "somebody who was erased" : `${name} <${email}>${company === null ? "" : `, ${company}`}`;

function sayLead(lead: Lead, { next_states, invitation }: ReturnType<typeof presentLead>, notes: readonly LeadNote[]): string {
  const about = [
    `${whoIs(lead)}: ${lead.state}, version ${lead.version}; can become ${next_states.join(", ")}`,
    `Wrote on ${minute(lead.createdAt)}${lead.source === null ? "" : ` from ${lead.source}`}${lead.size === null ? "" : `; people: ${lead.size}`}`,
    ...(lead.accountId === null
      ? []
      : [`Account ${lead.accountId}${lead.convertedAt === null ? "" : `, converted on ${day(lead.convertedAt)}`}`]),
    ...(invitation === null
      ? []
      : [`Invited to plan ${invitation.plan}: ${INVITED[invitation.state]}; end of the link: ${invitation.expires_at}`]),
  ];
  const noted = notes.map(({ at, by, text }) => `${minute(at)}, ${by ?? COMMAND_LINE}: ${text}`);
  return [...about, "", lead.message ?? "", ...(noted.length === 0 ? [] : ["", "Notes, the newest first:", ...noted])].join("\n");
}

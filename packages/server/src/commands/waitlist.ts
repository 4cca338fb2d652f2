import { WAITLIST_BATCH_MAX, WAITLIST_STATES, type WaitlistState } from "@gatehouse/core";
import { type InviteWish, inviteFromWaitlist } from "../admin/invite-from-waitlist.ts";
import { resendTicket } from "../admin/resend-ticket.ts";
import { presentWaitlistEntry, requireMail } from "../admin/waitlist-routes.ts";
import { UserError } from "../cli-error.ts";
import { countWaitlist, listWaitlist } from "../waitlist/waitlist.store.ts";
import { AT_COMMAND_LINE, type Command, type CommandResult, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { reasonOption } from "./read-options.ts";

const OF_NO_ACCOUNT = "the waitlist is of no account";
const BY = { userId: null, origin: AT_COMMAND_LINE };
const SHOWN_AT_ONCE = 50;
const SHOWN_MAX = 1000;

export const waitlistList: Command = {
  name: "waitlist list",
  summary: "Show who is on the waitlist, in the order of joining",
  positionals: [],
  options: {
    state: { type: "string", description: `Only those who are ${WAITLIST_STATES.join(", ")}` },
    limit: { type: "string", description: `How many to show, at most ${SHOWN_MAX} (${SHOWN_AT_ONCE})` },
  },
  examples: ["gatehouse waitlist list", "gatehouse waitlist list --state waiting --limit 200 --json"],
  run(context, _positionals, options) {
    const state = stateOf(options["state"]);
    const limit = wholeOf("limit", options["limit"] ?? String(SHOWN_AT_ONCE), SHOWN_MAX);
    return withParts(context, (parts) => list(parts, state, limit));
  },
};

export const waitlistInvite: Command = {
  name: "waitlist invite",
  summary: "Let in the next ones from the waitlist, or those who are named",
  details: `At most ${WAITLIST_BATCH_MAX} at once, in the order of joining. Each gets a mail with a link that lets them in; a server or worker that runs sends it.`,
  positionals: [],
  options: {
    count: { type: "string", description: "The next so many" },
    ids: { type: "string", description: "Those with these ids, with commas between them, instead" },
    reason: { type: "string", description: "Why, for the audit (the next in line)" },
  },
  examples: ["gatehouse waitlist invite --count 50", "gatehouse waitlist invite --count 50 --reason 'second week of the beta'"],
  run(context, _positionals, options) {
    const wish = { ...chosenOf(options), reason: reasonOption(options, "the next in line") };
    return withParts(context, (parts) => plainRefusals(() => invite(parts, wish)));
  },
};

export const waitlistResend: Command = {
  name: "waitlist resend",
  summary: "Send somebody who was let in a new ticket, with its whole time anew; the older one ends",
  details: "gatehouse waitlist list --state expired names whose time ran out. A server or worker that runs sends the mail.",
  positionals: ["ENTRY"],
  options: { reason: { type: "string", description: "Why, for the audit; required" } },
  examples: ["gatehouse waitlist resend 01890000-0000-7000-8000-000000000000 --reason 'they were away, ticket 17'"],
  run(context, [id = ""], options) {
    const entryId = entryIdOf(id);
    const reason = reasonOption(options, "");
    return withParts(context, (parts) => plainRefusals(() => resend(parts, entryId, reason)));
  },
};

async function list(parts: ToolParts, state: WaitlistState | null, limit: number): Promise<CommandResult> {
  const now = parts.clock.now();
  const { counts, found } = await parts.db.asSystem(OF_NO_ACCOUNT, async (tx) => ({
    counts: await countWaitlist(tx, now),
    found: await listWaitlist(tx, { after: null, limit: limit + 1, state }, now),
  }));
  const items = found.slice(0, limit).map((entry) => presentWaitlistEntry(entry, now));
  const lines = items.map((entry) => `${entry.id}  ${entry.state.padEnd(10)}  since ${entry.joined_at}  ${entry.email}`);
  return {
    text: [
      WAITLIST_STATES.map((each) => `${each} ${counts[each]}`).join(", "),
      ...lines,
      ...(found.length > limit ? [`and more: see --limit, at most ${SHOWN_MAX}`] : []),
    ].join("\n"),
    data: { counts, items, has_more: found.length > limit },
  };
}

async function invite(parts: ToolParts, wish: InviteWish): Promise<CommandResult> {
  requireMail(parts);
  await parts.jobs.start();
  const { invited, leftOut } = await parts.db.asSystem(OF_NO_ACCOUNT, (tx) => inviteFromWaitlist(parts, tx, BY, wish));
  const now = parts.clock.now();
  const lines = [
    ...(invited.length === 0 ? [] : [`Invited ${invited.length}:`, ...invited.map(({ address }) => `  ${address}`)]),
    ...leftOut.map(({ id, why }) => `Left out: ${id} (${why})`),
  ];
  return {
    text: lines.length === 0 ? "Nobody waits." : lines.join("\n"),
    data: { items: invited.map((entry) => presentWaitlistEntry(entry, now)), left_out: leftOut },
  };
}

async function resend(parts: ToolParts, entryId: string, reason: string): Promise<CommandResult> {
  requireMail(parts);
  await parts.jobs.start();
  const entry = await parts.db.asSystem(OF_NO_ACCOUNT, (tx) => resendTicket(parts, tx, BY, entryId, reason));
  const shown = presentWaitlistEntry(entry, parts.clock.now());
  return { text: `A new ticket goes to ${shown.email}, good until ${shown.expires_at}.`, data: shown };
}

/** @throws UserError unless it is either so many or those who are named */
function chosenOf({ count, ids }: OptionValues): { readonly count: number } | { readonly ids: readonly string[] } {
  if ((count === undefined) === (ids === undefined)) throw new UserError("Say either how many with --count, or whom with --ids.");
  if (ids === undefined) return { count: wholeOf("count", count, WAITLIST_BATCH_MAX) };
  const named = String(ids).split(",").map(entryIdOf);
  if (named.length > WAITLIST_BATCH_MAX) throw new UserError(`--ids names at most ${WAITLIST_BATCH_MAX}.`);
  return { ids: named };
}

function entryIdOf(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim()))
    throw new UserError(`${JSON.stringify(text)} is no id of an entry; see gatehouse waitlist list.`);
  return text.trim();
}

function stateOf(given: OptionValues[string]): WaitlistState | null {
  if (given === undefined) return null;
  const state = WAITLIST_STATES.find((known) => known === given);
  if (state === undefined) throw new UserError(`--state is one of ${WAITLIST_STATES.join(", ")}, not ${JSON.stringify(given)}.`);
  return state;
}

function wholeOf(name: string, given: OptionValues[string], max: number): number {
  const number = typeof given === "string" && /^\d{1,6}$/.test(given) ? Number(given) : 0;
  if (number < 1 || number > max) throw new UserError(`--${name} is a whole number from 1 to ${max}, not ${JSON.stringify(given)}.`);
  return number;
}

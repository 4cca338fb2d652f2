import { WAITLIST_BATCH_MAX, WAITLIST_STATES, type WaitlistState } from "@gatehouse/core";
import { inviteFromWaitlist } from "../admin/invite-from-waitlist.ts";
import { presentWaitlistEntry } from "../admin/waitlist-routes.ts";
import { UserError } from "../cli-error.ts";
import { countWaitlist, listWaitlist } from "../waitlist/waitlist.store.ts";
import { COMMAND_LINE, type Command, type CommandResult, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";

const OF_NO_ACCOUNT = "the waitlist is of no account";
const SHOWN_AT_ONCE = 50;
const SHOWN_MAX = 1000;
const REASON_CHARACTERS_MAX = 500;

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
  summary: "Let in the next ones from the waitlist",
  details: `At most ${WAITLIST_BATCH_MAX} at once, in the order of joining. Each gets a mail with a link that lets them in; a server or worker that runs sends it.`,
  positionals: [],
  options: {
    count: { type: "string", description: "How many; required" },
    reason: { type: "string", description: "Why, for the audit (the next in line)" },
  },
  examples: ["gatehouse waitlist invite --count 50", "gatehouse waitlist invite --count 50 --reason 'second week of the beta'"],
  run(context, _positionals, options) {
    if (options["count"] === undefined) throw new UserError("Say how many with --count.");
    const count = wholeOf("count", options["count"], WAITLIST_BATCH_MAX);
    const reason = reasonOf(options["reason"]);
    return withParts(context, (parts) => invite(parts, count, reason));
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

async function invite(parts: ToolParts, count: number, reason: string): Promise<CommandResult> {
  await parts.jobs.start();
  const by = { userId: null, origin: { ip: null, userAgent: COMMAND_LINE } };
  const { invited } = await parts.db.asSystem(OF_NO_ACCOUNT, (tx) => inviteFromWaitlist(parts, tx, by, { count, reason }));
  const now = parts.clock.now();
  const text =
    invited.length === 0 ? "Nobody waits." : [`Invited ${invited.length}:`, ...invited.map(({ address }) => `  ${address}`)].join("\n");
  return { text, data: { items: invited.map((entry) => presentWaitlistEntry(entry, now)) } };
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

function reasonOf(given: OptionValues[string]): string {
  const reason = typeof given === "string" ? given.trim() : "the next in line";
  if (reason === "" || reason.length > REASON_CHARACTERS_MAX)
    throw new UserError(`--reason has 1 to ${REASON_CHARACTERS_MAX} characters: it is kept in the audit.`);
  return reason;
}

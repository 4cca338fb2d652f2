import { ACCOUNT_STATES, type AccountState } from "@gatehouse/core";
import { presentFound } from "../admin/present-account.ts";
import { searchAccounts } from "../admin/search-accounts.ts";
import { showAccount } from "../admin/show-account.ts";
import { UserError } from "../cli-error.ts";
import type { Tx } from "../platform/app.ts";
import { policyOf } from "../server.ts";
import type { Command, CommandContext, OptionValues } from "./context.ts";
import { type Needs, type ToolParts, withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { countOption } from "./read-options.ts";

const SHOWN_MAX = 100;
const OF_ALL = "an operator searches all accounts";

export const accountSearch: Command = {
  name: "account search",
  summary: "Find accounts by name, slug, id, a member's address or their customer at Stripe",
  details:
    "An id, a slug or a customer is given whole; of an address the beginning is enough, and of a name the beginning of any of its words.",
  positionals: ["TEXT"],
  options: {
    state: { type: "string", description: `only those that are ${ACCOUNT_STATES.join(", ")}` },
    limit: { type: "string", description: `how many at most, 1 to ${SHOWN_MAX}; default 25` },
  },
  examples: ["gatehouse account search analytical", "gatehouse account search ada@example.com --json", "gatehouse account search cus_Rz1"],
  run: (context, [query = ""], options) => {
    const state = stateOption(options);
    const limit = countOption(options, "limit", { min: 1, max: SHOWN_MAX, otherwise: 25 });
    if (query.trim() === "") throw new UserError("Say what to look for.");
    return withParts(context, async (parts) => {
      const app = withPolicy(parts);
      const { items, nextCursor } = await parts.db.asSystem(OF_ALL, (tx) =>
        searchAccounts(app, tx, { query: query.trim(), state, cursor: undefined, limit }),
      );
      const lines = items.map(
        ({ id, name, state: is, ownerEmail }) => `${id}  ${is.padEnd(19)}  ${name}${ownerEmail ? `  ${ownerEmail}` : ""}`,
      );
      const more = nextCursor === null ? [] : ["There are more: say more of it."];
      return {
        text: items.length === 0 ? "There is no such account." : [...lines, ...more].join("\n"),
        data: { items: items.map(presentFound), has_more: nextCursor !== null },
      };
    });
  },
};

export const accountShow: Command = {
  name: "account show",
  summary: "Show an account: its people, what it has and why, and what was done last",
  positionals: ["ACCOUNT"],
  options: {},
  examples: ["gatehouse account show 01890000-0000-7000-8000-000000000000", "gatehouse account show analytical-engines-0123456789 --json"],
  run: (context, [named = ""]) =>
    onAccount(context, named, async (parts, accountId) => {
      const shown = await showAccount(withPolicy(parts), accountId);
      return { text: sayAccount(shown), data: shown };
    }),
};

type Shown = Awaited<ReturnType<typeof showAccount>>;

function sayAccount({ account, members, seats, subscription, access, trial, grants, deletion, timeline }: Shown): string {
  const until = access.until === null ? "" : ` until ${access.until}`;
  return [
    `${account.name} (${account.id}) is ${account.state}${subscription.plan === null ? "" : ` on ${subscription.plan}`}.`,
    `Access: ${access.mode}${access.reason === null ? "" : ` (${access.reason})`}${until}. Seats: ${seats.used} of ${seats.limit ?? "any number"}.`,
    ...(trial === null ? [] : [`Trial of ${trial.plan} until ${trial.ends_at}; ${trial.extension_days_left} days may be added.`]),
    ...grants.map(
      ({ id, plan, state, until: end, reason }) => `Given: ${plan}, ${state}, until ${end ?? "it is ended"} (${reason}). ${id}`,
    ),
    ...(deletion === null ? [] : [`It is to be erased at ${deletion.due_at}.`]),
    ...members.map(({ email, role, user_id }) => `${role.padEnd(6)}  ${email}  ${user_id}`),
    ...timeline.slice(-10).map(({ valid_from, fact, cause }) => `${valid_from}  ${fact}  ${cause}`),
  ].join("\n");
}

/** The parts of a command, and the policy of its configuration. */
export const withPolicy = (parts: ToolParts) => ({ ...parts, policy: policyOf(parts.config, parts.catalogue) });

/** Does something to the one account that was named. @throws UserError where it is none, or more than one */
export function onAccount<T>(
  context: CommandContext,
  named: string,
  work: (parts: ToolParts, accountId: string) => Promise<T>,
  needs?: Needs,
): Promise<T> {
  if (named.trim() === "") throw new UserError("Say which account.");
  return withParts(
    context,
    (parts) => plainRefusals(async () => work(parts, await parts.db.asSystem(OF_ALL, (tx) => findOne(parts, tx, named.trim())))),
    needs,
  );
}

/** @throws UserError where it is none, or more than one */
export async function findOne(parts: ToolParts, tx: Tx, query: string): Promise<string> {
  const { items, nextCursor } = await searchAccounts(withPolicy(parts), tx, { query, state: null, cursor: undefined, limit: 2 });
  const [found, another] = items;
  if (!found) throw new UserError(`There is no account ${JSON.stringify(query)}; see gatehouse account search --help.`);
  if (another || nextCursor !== null) throw new UserError(`More than one account is ${JSON.stringify(query)}: name it by its id or slug.`);
  return found.id;
}

function stateOption(options: OptionValues): AccountState | null {
  const text = options["state"];
  if (text === undefined) return null;
  const state = ACCOUNT_STATES.find((known) => known === text);
  if (!state) throw new UserError(`--state is one of ${ACCOUNT_STATES.join(", ")}, not ${JSON.stringify(text)}.`);
  return state;
}

import { countForRehearsal, type RehearsedAccount, rehearseAccess } from "../journeys/rehearse-access.ts";
import { policyOf } from "../server.ts";
import type { Command, CommandContext, CommandResult, OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { openProgress } from "./progress.ts";
import { instantOption } from "./read-options.ts";

const PAGE = 1000;
const NAMES_MAX = 50;
const SINCE_EVER = "since ever";

export const accessRehearse: Command = {
  name: "access rehearse",
  summary: "Say who would be refused by the guard of Pro, before it is enforced",
  details:
    "Looks through every live account with the decision that the guard asks, and changes nothing: how many would be refused and why, which of\nthem pay, and from which day (UTC) each is refused, or will be if nothing happens. With --json a line for each account, and one for all.",
  positionals: [],
  options: {
    at: { type: "string", description: "an instant with its zone; otherwise now" },
    all: { type: "boolean", description: `lists every account that is refused, not the first ${NAMES_MAX}` },
  },
  examples: ["gatehouse access rehearse", "gatehouse access rehearse --at 2026-03-01T00:00:00Z", "gatehouse access rehearse --json"],
  run: (context, _positionals, options) => withParts(context, (parts) => rehearseAll(context, parts, options)),
};

async function rehearseAll(context: CommandContext, parts: ToolParts, options: OptionValues): Promise<CommandResult> {
  const at = instantOption(options, "at") ?? parts.clock.now();
  const progress = openProgress(context, "accounts", await countForRehearsal(parts));
  const tally = openTally(options["all"] === true);
  let done = 0;
  await rehearseAccess({ db: parts.db, policy: policyOf(parts.config, parts.catalogue) }, at, PAGE, (page, lookedAt) => {
    if (options["json"] === true) for (const account of page) context.print(JSON.stringify(asData(account)));
    tally.add(page);
    done += lookedAt;
    progress.at(done);
  });
  progress.end();
  return { text: tally.lines(at).join("\n"), data: { at: at.toISOString(), ...tally.data() } };
}

interface Named {
  readonly paying: RehearsedAccount[];
  readonly others: RehearsedAccount[];
}

function openTally(all: boolean) {
  const sums = { accounts: 0, refused: 0, refused_paying: 0, later: 0 };
  const reasons = new Map<string, number>();
  const days = { refused: new Map<string, number>(), later: new Map<string, number>() };
  const named: Named = { paying: [], others: [] };
  const keep = (list: RehearsedAccount[], account: RehearsedAccount): void => {
    if (all || list.length < NAMES_MAX) list.push(account);
  };
  return {
    add(page: readonly RehearsedAccount[]): void {
      for (const account of page) {
        sums.accounts += 1;
        if (account.refused) {
          sums.refused += 1;
          if (account.pays) sums.refused_paying += 1;
          count(reasons, account.reason ?? "");
          count(days.refused, dayOf(account.from));
          keep(account.pays ? named.paying : named.others, account);
        } else if (account.from !== null) {
          sums.later += 1;
          count(days.later, dayOf(account.from));
        }
      }
    },
    lines: (at: Date): string[] => [
      `At ${at.toISOString()}: ${sums.refused} of ${sums.accounts} accounts are refused, ${sums.refused_paying} of them pay.`,
      ...sayMap("By reason:", byCount(reasons)),
      ...sayMap("Refused since:", byKey(days.refused)),
      ...sayMap("Let in, and refused from, if nothing happens:", byKey(days.later)),
      ...sayNamed("Refused, and they pay:", named.paying, sums.refused_paying),
      ...sayNamed("Refused:", named.others, sums.refused - sums.refused_paying),
    ],
    data: () => ({
      ...sums,
      reasons: Object.fromEntries(byCount(reasons)),
      refused_since: Object.fromEntries(byKey(days.refused)),
      refused_from: Object.fromEntries(byKey(days.later)),
    }),
  };
}

const asData = ({ id, name, refused, reason, from, pays }: RehearsedAccount) => ({
  account_id: id,
  name,
  refused,
  reason,
  from: from?.toISOString() ?? null,
  pays,
});
const dayOf = (from: Date | null): string => from?.toISOString().slice(0, 10) ?? SINCE_EVER;
const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
const byCount = (counts: Map<string, number>) => [...counts].sort(([, a], [, b]) => b - a);
const byKey = (counts: Map<string, number>) => [...counts].sort(([a], [b]) => (a < b ? -1 : 1));

function sayMap(title: string, entries: readonly (readonly [string, number])[]): string[] {
  return entries.length === 0 ? [] : ["", title, ...entries.map(([key, number]) => `  ${String(number).padStart(9)}  ${key}`)];
}
function sayNamed(title: string, accounts: readonly RehearsedAccount[], all: number): string[] {
  if (accounts.length === 0) return [];
  const more = all - accounts.length;
  return [
    "",
    title,
    ...accounts.map(({ id, name, reason, from }) => `  ${id}  ${name} (${reason}, ${from ? `since ${dayOf(from)}` : SINCE_EVER})`),
    ...(more > 0 ? [`  and ${more} more (--all lists them)`] : []),
  ];
}

import { type ErrorRow, errors } from "@gatehouse/contract";
import type { explainAccess } from "../access/explain.ts";

export type Explained = Awaited<ReturnType<typeof explainAccess>>;
type View = Explained["as_recorded"];
type Guard = View["guards"][number];
type Entitlement = View["features"][number] | View["limits"][number];

export interface Asked {
  /** Name and address. */
  readonly person: string;
  readonly account: string;
  /** What they are in the account now. */
  readonly role: string;
  /** Of what was, what was recorded then is the answer; of now and of what is to come, what the facts as they stand say. */
  readonly when: keyof typeof GETS_IN;
}
const GETS_IN = { past: "got in", now: "gets in", future: "will get in" };
const IS_REFUSED = { past: "was refused", now: "is refused", future: "will be refused" };

const ROWS = new Map<string, ErrorRow>(Object.entries(errors));

/** The verdict first, then what it was made of: guards, flags, limits, and the history of the facts. */
export function sayExplain(explained: Explained, asked: Asked): string {
  const view = asked.when === "past" ? explained.as_recorded : explained.as_known_today;
  return [
    sayVerdict(explained.at, view, asked),
    ...(asked.when === "past" ? sayOtherView(explained) : []),
    "",
    "Guards, in the order in which they are asked:",
    ...view.guards.map(sayGuard),
    "",
    "Flags:",
    ...(view.features.length === 0 ? ["  The catalogue has none."] : sayEntitlements(view.features)),
    "",
    "Limits:",
    ...(view.limits.length === 0 ? ["  The catalogue has none."] : sayEntitlements(view.limits)),
    "",
    "What changed, the oldest first:",
    ...explained.timeline.map(({ fact, value, valid_from, recorded_at, cause }) => {
      const late = recorded_at === valid_from ? "" : ` (recorded at ${recorded_at})`;
      return `  ${valid_from}  ${fact}  ${cause}${late}  ${JSON.stringify(value)}`;
    }),
  ].join("\n");
}

function sayVerdict(at: string, { role, guards, access, subscription }: View, asked: Asked): string {
  const { person, account, when } = asked;
  if (when === "past" && role === null) return `${person} was no member of ${account} at ${at}, or it is not recorded.`;
  const who = `${person}, ${role ?? asked.role} of ${account}`;
  const [refused] = guards.filter(({ passes }) => !passes);
  const plan = `The account's access is ${access.mode}; its plan is ${subscription.plan ?? "none"}, ${subscription.status}.`;
  if (!refused) {
    const [next] = guards.flatMap(({ until }) => until ?? []).sort();
    const end = next === undefined ? "" : ` until ${next}, if nothing happens before`;
    return `Open: ${who}, ${GETS_IN[when]} at ${at}${end}.\n${plan}`;
  }
  const mend = refused.mend === null ? "" : `\nWhat mends it: ${refused.mend.action}, ${refused.mend.url}`;
  return `Shut: ${who}, ${IS_REFUSED[when]} at ${at}: ${sayRefusal(refused)}.\n${plan}${mend}`;
}

/** What had to be guessed of then, and where what is known today tells another story. */
function sayOtherView({ as_recorded: recorded, as_known_today: known }: Explained): string[] {
  const told = ({ guards }: View): string => {
    const refused = guards.find(({ passes }) => !passes);
    return refused ? `refused: ${sayRefusal(refused)}` : "open";
  };
  const others = [...otherValues(recorded.features, known.features), ...otherValues(recorded.limits, known.limits)];
  return [
    ...(recorded.incomplete ? [`Not recorded then, and taken as it is today: ${recorded.guessed.join(", ")}.`] : []),
    ...(told(recorded) === told(known) ? [] : [`By what is known today it would have been ${told(known)}.`]),
    ...(others.length === 0 ? [] : [`By what is known today, and today's catalogue: ${others.join(", ")}.`]),
  ];
}

/** Flags or limits that are something else by what is known today; one that was not there then is none of them. */
const otherValues = (recorded: readonly Entitlement[], known: readonly Entitlement[]): string[] =>
  known.flatMap(({ key, value }) => {
    const then = recorded.find((one) => one.key === key);
    return then === undefined || then.value === value ? [] : [`${key} ${value ?? "unlimited"}`];
  });

function sayRefusal({ code, reason, since }: Guard): string {
  const status = ROWS.get(code ?? "")?.status;
  return `${status === undefined ? "" : `${status} `}${code}${reason === null ? "" : ` (${reason})`}${since === null ? "" : ` since ${since}`}`;
}

function sayGuard(one: Guard): string {
  const { guard, passes, code, reason, since, until, mend, reading_passes, decided_by, ...more } = one;
  return `  ${[
    `${guard} ${passes ? "passes" : `refuses: ${sayRefusal(one)}`}${until === null ? "" : ` until ${until}`}`,
    ...(decided_by === null ? [] : [`decided by ${sayFact(decided_by)}`]),
    ...(!passes && reading_passes ? ["reading passes all the same"] : []),
    ...sayMore(more),
  ].join("; ")}`;
}

function sayEntitlements(all: readonly Entitlement[]): string[] {
  const width = Math.max(...all.map(({ key }) => key.length));
  return all.map(({ key, value, layer, decided_by, since, until, reason, ...more }) => {
    // Its fact began with it: the moment is said once.
    const by = `${layer}, decided by ${sayFact({ ...decided_by, since })}${until === null ? "" : ` until ${until}`}`;
    return `  ${[`${key.padEnd(width)}  ${value ?? "unlimited"}  ${by}`, ...(reason === null ? [] : [reason]), ...sayMore(more)].join("; ")}`;
  });
}

const sayFact = ({ fact, id, since }: NonNullable<Guard["decided_by"]>): string =>
  `${fact}${id === null ? "" : ` ${id}`}${since === null ? "" : ` since ${since}`}`;

/** What an answer says beside what is known here, by its own name. */
const sayMore = (fields: object): string[] =>
  Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);

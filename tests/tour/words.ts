import type { AnswerOf, access, Problem } from "@gatehouse/contract";

type BillingState = AnswerOf<typeof access.billingState>;
type Explanation = AnswerOf<typeof access.explainAccess>;

const instants = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
/** `6 Dec 2026, 21:05 UTC` */
export const sayInstant = (at: Date | string): string => `${instants.format(new Date(at))} UTC`;

const DAY_MILLISECONDS = 86_400_000;
/** Whole days from one moment to the next, rounded: what a person counts. */
export const daysBetween = (from: Date | string, to: Date | string): number =>
  Math.round((new Date(to).getTime() - new Date(from).getTime()) / DAY_MILLISECONDS);

/** What the account has and may do, in sentences; days are counted from `since`. */
export function sayState(state: BillingState, since: Date): string[] {
  const { subscription, verification } = state;
  const day = (at: string): string => `day ${daysBetween(since, at)} (${sayInstant(at)})`;
  const name = state.plan_billing.display_name ?? "no plan";
  const door = subscription.has_pro_entitlement ? `${state.access.mode} access` : `${state.access.mode}, ${state.access.reason}`;
  const until = state.access.until === null ? "" : ` until ${day(state.access.until)}`;
  const from = state.access.reason !== null && state.access.since !== null ? ` since ${day(state.access.since)}` : "";
  const grace = verification.grace_ends_at === null ? "" : `; grace until ${day(verification.grace_ends_at)}`;
  const trees = state.limits["max_trees"];
  return [
    `${name}, ${subscription.status}: ${door}${until}${from}`,
    verification.verified ? "The address is verified" : `The address is not verified${grace}`,
    ...(trees ? [`Trees: ${trees.used} of ${trees.limit ?? "any number"}`] : []),
    ...(state.access.mend ? [sayMend(state.access.mend)] : []),
  ];
}

/** A refusal as the person in front of it reads it. */
export function sayRefusal(problem: Problem): string[] {
  const since = problem["since"] ?? problem["grace_ended_at"];
  const why =
    problem.reason === undefined ? [] : [`Why: ${problem.reason}${typeof since === "string" ? ` since ${sayInstant(since)}` : ""}`];
  return [
    `${problem.status} ${problem.code}: ${problem.title}`,
    ...why,
    ...(problem.problems ?? []).map(({ at, why: wrong }) => `${at}: ${wrong}`),
    problem.mend ? sayMend(problem.mend) : problem.detail,
  ];
}

const sayMend = (mend: { action: string; url: string }): string => `Way out: ${mend.action.replaceAll("_", " ")}, ${mend.url}`;

/** What a guard would do. */
export function sayVerdict(verdict: Explanation["guards"][number]): string {
  if (verdict.passes) return `${verdict.guard}: passes${verdict.until === null ? "" : ` until ${sayInstant(verdict.until)}`}`;
  const since = verdict.since === null ? "" : ` since ${sayInstant(verdict.since)}`;
  return `${verdict.guard}: refuses with ${verdict.code}, ${verdict.reason}${since}`;
}

/** A fact of the account's history. */
export function sayFact({ fact, value, valid_from, cause }: Explanation["timeline"][number]): string {
  return `${sayInstant(valid_from)}: ${sayValue(fact, value)} (${cause})`;
}

function sayValue(fact: string, value: unknown): string {
  const part = (name: string): string => String(new Map(Object.entries(value ?? {})).get(name));
  switch (fact) {
    case "trial":
      return `a trial of ${part("plan")} until ${sayInstant(part("ends_at"))}`;
    case "email_verification":
      return part("email_verified_at") === "null" ? "the address is not verified yet" : "the address is verified";
    case "membership":
      return `a member joins as ${part("role")}`;
    default:
      return `${fact} ${JSON.stringify(value)}`;
  }
}

/** The system and the last product that a browser names: `iPhone, Safari/604.1`. */
export function sayUserAgent(userAgent: string | null): string {
  const [, system, product] = /\(([^;)]+).*?([\w-]+\/[\w.]+)$/.exec(userAgent ?? "") ?? [];
  return system && product ? `${system}, ${product}` : (userAgent ?? "a program that did not say what it is");
}

import { type AccessPolicy, DEFAULT_POLICY, type ShutReason } from "./policy.ts";
import { knownStatus } from "./stripe-record.ts";
import { addDays } from "./time.ts";

/** The local trial. It runs from when it is given: a start some milliseconds ahead, by another process's clock, must not refuse the first request. */
export interface TrialFact {
  /** Of its row; left out where nobody asks which fact decided. */
  readonly id?: string;
  readonly plan: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** A complimentary grant. It may start in the future; `until: null` has no end. */
export interface GrantFact {
  /** Of its row; left out where nobody asks which fact decided. */
  readonly id?: string;
  readonly plan: string;
  readonly startsAt: Date;
  readonly until: Date | null;
  readonly reason: string;
}

/** A subscription as last read from Stripe. `plan` is null where its price is none of ours. */
export interface StripeSubscriptionFact {
  readonly id: string;
  readonly status: string;
  readonly plan: string | null;
  readonly currentPeriodEnd: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  /** When the cancellation takes effect; null: none was asked for, or at the end of the period. */
  readonly endsAt: Date | null;
  /** When the trial that Stripe runs ends; null: it runs none. */
  readonly trialEndsAt: Date | null;
  /** How Stripe treats invoices while it does not collect them; null: it collects. */
  readonly collectionPaused: string | null;
  readonly seats: number;
  /** The first failed attempt at the oldest open invoice. */
  readonly pastDueSince: Date | null;
  /** When what Stripe says last changed. */
  readonly changedAt: Date;
}

export interface SubscriptionFacts {
  readonly trial: TrialFact | null;
  readonly grants: readonly GrantFact[];
  readonly stripe: readonly StripeSubscriptionFact[];
}

/** `trial_ended` and `complimentary_ended` are ours; the rest are Stripe's words, and `unknown` is any that we do not know. */
export const SUBSCRIPTION_STATUSES = [
  "none",
  "trialing",
  "trial_ended",
  "complimentary",
  "complimentary_ended",
  "active",
  "past_due",
  "unpaid",
  "paused",
  "canceled",
  "incomplete",
  "incomplete_expired",
  "unknown",
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** What the facts amount to. Every field is of the one fact that decides, so that nobody reads the end of one beside the plan of another. */
export interface EffectiveSubscription {
  readonly status: SubscriptionStatus;
  readonly plan: string | null;
  /** When the status began; of an end that came by itself, that end. */
  readonly since: Date | null;
  readonly trialEndsAt: Date | null;
  readonly currentPeriodEnd: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly endsAt: Date | null;
  readonly seats: number | null;
  readonly pastDueSince: Date | null;
  readonly complimentaryUntil: Date | null;
  readonly source: "none" | "trial" | "grant" | "stripe";
  /** Which of Stripe's subscriptions it is, where it is one. */
  readonly subscriptionId: string | null;
}

/** What a fact does to the door of Pro. `until` is exclusive; null: only an event ends it. */
export type Door =
  | { readonly mode: "full" | "grace"; readonly until: Date | null }
  | { readonly mode: "shut"; readonly reason: ShutReason };

export interface Standing {
  readonly subscription: EffectiveSubscription;
  readonly door: Door;
  /** Of the fact, where it is known. */
  readonly factId: string | null;
  /** Breaks the last tie, so that the answer does not depend on the order in which rows were read. */
  readonly key: string;
}

type GracePolicy = Pick<AccessPolicy, "pastDueGraceDays" | "pausedCollectionLocks" | "fallbackPlan">;

/** The account's subscription at `now`, as the wire tells it: of the fact that opens Pro best, or else of the latest fact. */
export function effectiveSubscription(facts: SubscriptionFacts, now: Date, policy: GracePolicy = DEFAULT_POLICY): EffectiveSubscription {
  return decidingStanding(facts, now, policy).subscription;
}

/**
 * The fact that decides at `now`, with what it does to the door.
 *
 * The best one that opens wins: full before grace, the longest before the rest, and of equals what is paid for. Where none opens, it is the latest: what happened last is what the customer remembers and can mend.
 */
export function decidingStanding(facts: SubscriptionFacts, now: Date, policy: GracePolicy): Standing {
  const standings = [
    ...facts.stripe.map((fact) => stripeStanding(fact, now, policy)),
    ...facts.grants.filter((grant) => hasBegun(grant, now)).map((grant) => grantStanding(grant, now)),
    ...(facts.trial === null ? [] : [trialStanding(facts.trial, now)]),
  ];
  const [best] = standings.filter((standing) => standing.door.mode !== "shut").sort(byBestDoor);
  const [latest] = standings.sort(byLatest);
  return best ?? latest ?? withoutFact(policy.fallbackPlan);
}

/** Every instant at which a fact may, by itself, begin or cease to open the door. In no order; some may change nothing. */
export function turningPoints(facts: SubscriptionFacts, policy: GracePolicy): readonly Date[] {
  return [
    facts.trial?.endsAt ?? null,
    ...facts.grants.flatMap((grant) => [grant.startsAt, grant.until]),
    ...facts.stripe.flatMap((fact) => [scheduledEnd(fact), graceEnd(fact, policy)]),
  ].filter((instant) => instant !== null);
}

const NOTHING: EffectiveSubscription = {
  status: "none",
  plan: null,
  since: null,
  trialEndsAt: null,
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  seats: null,
  pastDueSince: null,
  complimentaryUntil: null,
  source: "none",
  subscriptionId: null,
};
/** Nobody had anything yet: the plan to fall back to says what there is, and opens nothing. */
const withoutFact = (plan: string | null): Standing => ({
  subscription: { ...NOTHING, plan },
  door: shut("no_subscription"),
  factId: null,
  key: "",
});

function trialStanding(trial: TrialFact, now: Date): Standing {
  const runs = now < trial.endsAt;
  return {
    subscription: {
      ...NOTHING,
      source: "trial",
      plan: trial.plan,
      trialEndsAt: trial.endsAt,
      status: runs ? "trialing" : "trial_ended",
      since: runs ? trial.startsAt : trial.endsAt,
    },
    door: runs ? { mode: "full", until: trial.endsAt } : shut("trial_ended"),
    factId: trial.id ?? null,
    key: trial.plan,
  };
}

/** A grant that was withdrawn before its start never was. */
function hasBegun(grant: GrantFact, now: Date): boolean {
  return now >= grant.startsAt && (grant.until === null || grant.startsAt < grant.until);
}

function grantStanding(grant: GrantFact, now: Date): Standing {
  const ended = grant.until !== null && now >= grant.until;
  return {
    subscription: {
      ...NOTHING,
      source: "grant",
      plan: grant.plan,
      complimentaryUntil: grant.until,
      status: ended ? "complimentary_ended" : "complimentary",
      since: ended ? grant.until : grant.startsAt,
    },
    door: ended ? shut("complimentary_ended") : { mode: "full", until: grant.until },
    factId: grant.id ?? null,
    key: grant.plan,
  };
}

function stripeStanding(fact: StripeSubscriptionFact, now: Date, policy: GracePolicy): Standing {
  const { status, since, door } = readStripe(fact, now, policy);
  const subscription: EffectiveSubscription = {
    ...NOTHING,
    source: "stripe",
    subscriptionId: fact.id,
    status,
    since,
    plan: fact.plan,
    trialEndsAt: fact.status === "trialing" ? trialEnd(fact) : null,
    currentPeriodEnd: fact.currentPeriodEnd,
    cancelAtPeriodEnd: fact.cancelAtPeriodEnd,
    endsAt: scheduledEnd(fact),
    seats: fact.seats,
    pastDueSince: fact.pastDueSince,
  };
  return { subscription, door, factId: fact.id, key: fact.id };
}

type Reading = { readonly status: SubscriptionStatus; readonly since: Date; readonly door: Door };

function readStripe(fact: StripeSubscriptionFact, now: Date, policy: GracePolicy): Reading {
  const since = fact.changedAt;
  const status = knownStatus(fact.status) ?? "unknown";
  switch (status) {
    case "trialing":
    case "active": {
      if (policy.pausedCollectionLocks && fact.collectionPaused !== null) return { status, since, door: shut("paused") };
      // Only the catalogue entitles: what carries none of our prices opens nothing (SW-11).
      if (fact.plan === null) return { status, since, door: shut("unknown_plan") };
      const end = scheduledEnd(fact);
      // A period or a trial that ends without being cancelled goes on: Stripe's word decides, and a late one must not lock out who pays (B8).
      if (end === null) return { status, since, door: { mode: "full", until: null } };
      if (now >= end) return { status: "canceled", since: end, door: shut("canceled") };
      return { status, since, door: { mode: "full", until: end } };
    }
    case "past_due": {
      if (fact.plan === null) return { status: "past_due", since, door: shut("unknown_plan") };
      const graceEndsAt = addDays(pastDueStart(fact), policy.pastDueGraceDays);
      if (now < graceEndsAt) return { status: "past_due", since: pastDueStart(fact), door: { mode: "grace", until: graceEndsAt } };
      return { status: "past_due", since: graceEndsAt, door: shut("payment_required") };
    }
    case "unpaid":
      return { status: "unpaid", since, door: shut("payment_required") };
    case "paused":
      return { status: "paused", since, door: shut("paused") };
    case "canceled":
      return { status: "canceled", since, door: shut("canceled") };
    case "incomplete":
      return { status: "incomplete", since, door: shut("incomplete") };
    case "incomplete_expired":
      return { status: "incomplete_expired", since, door: shut("no_subscription") };
    case "unknown":
      return { status: "unknown", since, door: shut("unknown_status") };
  }
}

/** When a cancellation that was asked for takes effect; null: none was, or nobody knows when. */
function scheduledEnd(fact: StripeSubscriptionFact): Date | null {
  return fact.cancelAtPeriodEnd ? (fact.endsAt ?? fact.currentPeriodEnd) : null;
}

function trialEnd(fact: StripeSubscriptionFact): Date | null {
  return fact.trialEndsAt ?? fact.currentPeriodEnd;
}

/** Where Stripe tells no failed attempt, the grace counts from when we heard of it: it must end some day. */
function pastDueStart(fact: StripeSubscriptionFact): Date {
  return fact.pastDueSince ?? fact.changedAt;
}

function graceEnd(fact: StripeSubscriptionFact, policy: GracePolicy): Date | null {
  return fact.status === "past_due" ? addDays(pastDueStart(fact), policy.pastDueGraceDays) : null;
}

function shut(reason: ShutReason): Door {
  return { mode: "shut", reason };
}

function byBestDoor(a: Standing, b: Standing): number {
  return (
    Number(a.door.mode !== "full") - Number(b.door.mode !== "full") ||
    compare(openUntil(b.door), openUntil(a.door)) ||
    compare(SOURCE_RANK[a.subscription.source], SOURCE_RANK[b.subscription.source]) ||
    compare(at(a), at(b)) ||
    compare(a.key, b.key)
  );
}

function byLatest(a: Standing, b: Standing): number {
  return compare(at(b), at(a)) || compare(SOURCE_RANK[a.subscription.source], SOURCE_RANK[b.subscription.source]) || compare(a.key, b.key);
}

/** Of equal facts the one that money stands behind. */
const SOURCE_RANK = { stripe: 0, grant: 1, trial: 2, none: 3 } as const;

function openUntil(door: Door): number {
  return door.mode === "shut" ? Number.NEGATIVE_INFINITY : (door.until?.getTime() ?? Number.POSITIVE_INFINITY);
}

function at(standing: Standing): number {
  return standing.subscription.since?.getTime() ?? Number.NEGATIVE_INFINITY;
}

/** Not a subtraction: Infinity less Infinity is not a number, and keys are text. */
function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

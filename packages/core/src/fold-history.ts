import type { AccessFacts } from "./entitlement.ts";
import { ROLES, type Role } from "./roles.ts";
import type { GrantFact, StripeSubscriptionFact, TrialFact } from "./subscription.ts";
import type { VerificationFacts } from "./verification.ts";

/** A change of a fact, as the history keeps it. */
export interface HistoryEntry {
  readonly kind: string;
  /** Which trial, grant, subscription, person or membership. */
  readonly subjectId: string;
  /** The fact as it was from then on, instants as ISO 8601; null: it was gone. */
  readonly value: unknown;
  /** From when on it held. */
  readonly validFrom: Date;
  /** When we learnt it. */
  readonly recordedAt: Date;
}

/**
 * `as_recorded`: what our tables said at the moment, and so what was decided then. `as_known_today`: what held at the moment by all that we
 * learnt until today; of two words on one time the later one counts.
 */
export type HistoryBasis = "as_recorded" | "as_known_today";

/** Everything that decided about one person in one account at a moment. */
export interface FoldedFacts {
  readonly access: AccessFacts;
  /** null: the person was not known to the account yet. */
  readonly verification: VerificationFacts | null;
  /** null: the person was no member. */
  readonly role: Role | null;
  /** The history lacks something that had to be guessed: older versions recorded less. */
  readonly incomplete: boolean;
}

/**
 * The facts as they were at `at`. Total: what cannot be read is left out, and `incomplete` says so.
 *
 * `as_recorded` does not ask from when on a fact was to hold: the tables held it, with its own times, and so did the decisions.
 *
 * @param entries of one account, in the order of their recording
 * @param userId whose verification and role
 */
export function foldHistory(entries: readonly HistoryEntry[], userId: string, at: Date, basis: HistoryBasis): FoldedFacts {
  const last = new Map<string, Subject>();
  for (const entry of entriesUntil(entries, at, basis)) {
    const key = `${entry.kind} ${entry.subjectId}`;
    last.set(key, follow(last.get(key), entry));
  }
  const reading: Reading = { hasGuessed: false };
  const subjects = [...last.values()].filter((subject) => subject.value !== null);
  const read = <T>(kind: string, as: (subject: Subject, reading: Reading) => T | null): T[] =>
    subjects.filter((subject) => subject.kind === kind).flatMap((subject) => as(subject, reading) ?? []);
  const memberships = subjects.filter(({ kind, value }) => kind === "membership" && value?.["user_id"] === userId);
  const role = memberships.map(({ value }) => ROLES.find((known) => known === value?.["role"])).at(-1) ?? null;
  const access = {
    trial: read("trial", asTrial).at(-1) ?? null,
    grants: read("grant", asGrant),
    stripe: read("stripe_subscription", asStripe),
    accountDeletedAt: read("account", (subject) => instantOf(subject.value?.["deleted_at"])).at(-1) ?? null,
  };
  const verification = read("email_verification", (subject) => (subject.id === userId ? asVerification(subject, reading) : null)).at(-1);
  return { access, verification: verification ?? null, role, incomplete: reading.hasGuessed };
}

/** The entries that count at `at`, in the order in which they were given. */
export const entriesUntil = (entries: readonly HistoryEntry[], at: Date, basis: HistoryBasis): readonly HistoryEntry[] =>
  entries.filter((entry) => (basis === "as_recorded" ? entry.recordedAt : entry.validFrom) <= at);

/**
 * Since when the fact has said of `fields` what it says last; null: the history does not know it.
 * @param entries that count; an entry that does not name a field leaves it as it was
 */
export function saidSince(
  entries: readonly HistoryEntry[],
  fact: { readonly kind: string; readonly id: string | null },
  fields: readonly string[],
): Date | null {
  let said: Fields | null = null;
  let since: Date | null = null;
  for (const { value, validFrom } of entries.filter(({ kind, subjectId }) => kind === fact.kind && subjectId === fact.id)) {
    const next: Fields = { ...said, ...(typeof value === "object" ? value : null) };
    if (said === null || fields.some((field) => next[field] !== said?.[field])) since = validFrom;
    said = next;
  }
  return since;
}

type Fields = Readonly<Record<string, unknown>>;
interface Subject {
  readonly kind: string;
  readonly id: string;
  readonly value: Fields | null;
  /** From when on it held at first, and since the last word of it. */
  readonly firstValidFrom: Date;
  readonly validFrom: Date;
}

/** Ends of trials and grants were once recorded without their beginnings; what an entry does not name is as it was before. */
function follow(before: Subject | undefined, { kind, subjectId, value, validFrom }: HistoryEntry): Subject {
  const fields = typeof value === "object" && value !== null ? { ...value } : null;
  const isPartial = kind === "trial" || kind === "grant";
  return {
    kind,
    id: subjectId,
    value: fields !== null && isPartial ? { ...before?.value, ...fields } : fields,
    firstValidFrom: before?.firstValidFrom ?? validFrom,
    validFrom,
  };
}

/** Remembers whether anything had to be guessed. */
interface Reading {
  hasGuessed: boolean;
}
function guess<T>(reading: Reading, known: T | null, guessed: T): T {
  if (known === null) reading.hasGuessed = true;
  return known ?? guessed;
}
/** What cannot be read at all is left out. */
function leaveOut(reading: Reading): null {
  reading.hasGuessed = true;
  return null;
}

function asTrial({ id, value, firstValidFrom }: Subject, reading: Reading): TrialFact | null {
  const plan = textOf(value?.["plan"]);
  const endsAt = instantOf(value?.["ends_at"]);
  if (plan === null || endsAt === null) return leaveOut(reading);
  return { id, plan, startsAt: guess(reading, instantOf(value?.["starts_at"]), firstValidFrom), endsAt };
}

function asGrant({ id, value, firstValidFrom }: Subject, reading: Reading): GrantFact | null {
  const plan = textOf(value?.["plan"]);
  if (plan === null) return leaveOut(reading);
  const startsAt = guess(reading, instantOf(value?.["starts_at"]), firstValidFrom);
  return { id, plan, startsAt, until: instantOf(value?.["until"]), reason: textOf(value?.["reason"]) ?? "" };
}

function asStripe({ id, value, validFrom }: Subject, reading: Reading): StripeSubscriptionFact | null {
  const status = textOf(value?.["status"]);
  if (status === null) return leaveOut(reading);
  const endsAt = instantOf(value?.["ends_at"]);
  const ending = value?.["cancel_at_period_end"];
  return {
    id,
    status,
    plan: textOf(value?.["plan"]),
    currentPeriodEnd: instantOf(value?.["current_period_end"]),
    cancelAtPeriodEnd: guess(reading, typeof ending === "boolean" ? ending : null, endsAt !== null),
    endsAt,
    trialEndsAt: instantOf(value?.["trial_ends_at"]),
    collectionPaused: textOf(value?.["collection_paused"]),
    seats: typeof value?.["seats"] === "number" ? value["seats"] : 1,
    pastDueSince: instantOf(value?.["past_due_since"]),
    changedAt: guess(reading, instantOf(value?.["changed_at"]), validFrom),
  };
}

function asVerification({ value, firstValidFrom }: Subject, reading: Reading): VerificationFacts {
  return {
    emailVerifiedAt: instantOf(value?.["email_verified_at"]),
    registeredAt: guess(reading, instantOf(value?.["registered_at"]), firstValidFrom),
  };
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

function instantOf(value: unknown): Date | null {
  if (typeof value !== "string") return null;
  const instant = new Date(value);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

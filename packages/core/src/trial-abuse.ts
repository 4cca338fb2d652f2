import { addDays } from "./time.ts";

/** What a trial is remembered by. `card` comes later, when somebody pays. */
export const CLAIM_KINDS = ["address", "card", "company", "provider"] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/** One trait of who takes a trial, in plain text: it is hashed with a key before it is kept, and never stored as it is. */
export interface TrialClaim {
  readonly kind: ClaimKind;
  readonly value: string;
}

export const TRIAL_REFUSALS = ["trial_used_by_person", "trial_used_by_company", "trial_used_by_card", "disposable_address"] as const;
/** `trial_used_by_card` is found out when the trial was given already: it takes nothing of it, and stands against any more. */
export type TrialRefusal = (typeof TRIAL_REFUSALS)[number];

/** Who wants a trial. */
export interface TrialPerson {
  /** As `parseEmail` gives it. */
  readonly normalisedEmail: string;
  /** Registrable domain of the person's company; null where the domain says nothing about one: mail for everybody, a reserved name. */
  readonly company: string | null;
  /** Accounts of providers that the person signs in with. */
  readonly identities: readonly { readonly issuer: string; readonly subject: string }[];
}

/**
 * The mailbox that an address most likely leads to: without its +tag and, at Google, without dots and under one name of the domain.
 *
 * Only to find out whether somebody had a trial. It must never decide who somebody is: elsewhere `a+b` may be another person's mailbox,
 * who then is asked to talk to us, and nothing worse.
 * @param normalised as `parseEmail` gives it
 */
export function trialAddress(normalised: string): string {
  const at = normalised.lastIndexOf("@");
  const local = normalised.slice(0, at);
  const domain = normalised.slice(at + 1);
  const plus = local.indexOf("+");
  // A tag of nothing is no tag.
  const untagged = plus > 0 ? local.slice(0, plus) : local;
  return GOOGLE.has(domain) ? `${untagged.replaceAll(".", "")}@gmail.com` : `${untagged}@${domain}`;
}

const GOOGLE: ReadonlySet<string> = new Set(["gmail.com", "googlemail.com"]);

/** Names that are nobody's by RFC 2606 and RFC 6761: documentation, tests, this machine. */
export function isReservedDomain(domain: string): boolean {
  const labels = domain.split(".");
  return RESERVED_ENDS.has(labels.at(-1) ?? "") || RESERVED_NAMES.has(labels.slice(-2).join("."));
}

const RESERVED_ENDS: ReadonlySet<string> = new Set(["test", "example", "invalid", "localhost"]);
const RESERVED_NAMES: ReadonlySet<string> = new Set(["example.com", "example.net", "example.org"]);

/** Is the domain, or one that it is below, on the list? */
export function isBelow(domain: string, list: ReadonlySet<string>): boolean {
  const labels = domain.split(".");
  return labels.some((_, index) => list.has(labels.slice(index).join(".")));
}

/** An account of a provider as one text. The names of issuers hold no line feed. */
export const providerValue = ({ issuer, subject }: TrialPerson["identities"][number]): string => `${issuer}\n${subject}`;

/** Everything that the person's trial is remembered by, each once. */
export function trialClaims({ normalisedEmail, company, identities }: TrialPerson): readonly TrialClaim[] {
  const subjects = new Set(identities.map(providerValue));
  return [
    { kind: "address", value: trialAddress(normalisedEmail) },
    ...(company === null ? [] : [{ kind: "company", value: company } as const]),
    ...[...subjects].map((value) => ({ kind: "provider", value }) as const),
  ];
}

/**
 * Why does a new account get no trial? Null: it gets one. Sign-up goes through either way.
 *
 * Of several reasons the one that the person can do most about: another address, before the trial that they had, before a colleague's. A
 * card comes last: it says the least of who somebody is, for a company or an agency pays for many with one.
 * @param taken kinds of the person's claims that another account holds
 */
export function whyNotTrial(facts: { readonly isDisposable: boolean; readonly taken: readonly ClaimKind[] }): TrialRefusal | null {
  if (facts.isDisposable) return "disposable_address";
  if (facts.taken.some((kind) => kind === "address" || kind === "provider")) return "trial_used_by_person";
  if (facts.taken.includes("company")) return "trial_used_by_company";
  return facts.taken.length > 0 ? "trial_used_by_card" : null;
}

/**
 * Up to when must an unproven claim to a company have been made to hold no more? Inclusive. Anybody can type an address of a company:
 * whoever has not proven theirs when the grace for it is over must not keep the company's own people from their trial.
 */
export function lapsedUpTo(now: Date, policy: { readonly verificationGraceDays: number }): Date {
  return addDays(now, -policy.verificationGraceDays);
}

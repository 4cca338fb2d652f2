import { type FlagValue, holds, type Override } from "./flags.ts";
import type { HistoryEntry } from "./fold-history.ts";
import { whyNotLimit } from "./limits.ts";

/** What operators had set for one account at a moment. Who and why the history does not tell: that stands in the audit. */
export interface FoldedOverrides {
  readonly features: readonly Override<FlagValue>[];
  readonly limits: readonly Override<number | null>[];
  /** When the last one of a key ended, where it has, by the subject of its entries: `feature:sso`, `limit:seats`. */
  readonly endedAt: ReadonlyMap<string, Date>;
  /** One could not be read, and was left out. */
  readonly incomplete: boolean;
}

/**
 * The overrides as they were at `at`, those that had expired too. Total.
 * @param entries that count at `at`, in the order of their recording; of other facts, too
 */
export function foldOverrides(entries: readonly HistoryEntry[], at: Date): FoldedOverrides {
  const last = new Map<string, Override<unknown> | null>();
  const endedAt = new Map<string, Date>();
  const end = (subject: string, when: Date, isTakenAway: boolean): void => {
    const override = last.get(subject) ?? null;
    if (override?.expiresAt && !holds(override, when)) endedAt.set(subject, override.expiresAt);
    else if (override !== null && isTakenAway) endedAt.set(subject, when);
  };
  for (const { kind, subjectId, value, validFrom } of entries) {
    if (kind !== "override") continue;
    end(subjectId, validFrom, value === null);
    last.set(subjectId, value === null ? null : asOverride(subjectId, value, validFrom));
  }
  for (const subject of last.keys()) end(subject, at, false);
  const ofKind = (kind: string) =>
    [...last].flatMap(([subject, override]) => (override && subject.startsWith(`${kind}:`) ? [override] : []));
  const features = ofKind("feature").filter(isOfFlag);
  const limits = ofKind("limit").filter(isOfLimit);
  const read = features.length + limits.length;
  return { features, limits, endedAt, incomplete: read !== [...last.values()].filter((override) => override !== null).length };
}

/** Before its value is known to be one. */
function asOverride(subject: string, entry: unknown, setAt: Date): Override<unknown> {
  const fields: { readonly value?: unknown; readonly expires_at?: unknown } = typeof entry === "object" && entry !== null ? entry : {};
  const end = typeof fields.expires_at === "string" ? new Date(fields.expires_at) : null;
  const expiresAt = end === null || Number.isNaN(end.getTime()) ? null : end;
  return { key: subject.slice(subject.indexOf(":") + 1), value: fields.value, reason: "", setBy: null, setAt, expiresAt };
}

const isOfFlag = (override: Override<unknown>): override is Override<FlagValue> =>
  ["boolean", "string", "number"].includes(typeof override.value);
const isOfLimit = (override: Override<unknown>): override is Override<number | null> => whyNotLimit(override.value) === null;

import type { FieldDifference } from "@gatehouse/core";
import type { LedgerRow } from "../billing/event-status.store.ts";
import type { ReconciliationChange } from "../billing/reconciliation-changes.store.ts";

/** What a run found, in one line and one a field. */
export function sayChange({ what, accountId, subscriptionId, differences, why }: ReconciliationChange): string[] {
  const whose = accountId === null ? "" : ` of account ${accountId}`;
  return [`${what} ${subscriptionId}${whose} (${why})`, ...differences.map((one) => `  ${sayDifference(one)}`)];
}

export function sayDifference({ field, was, is }: FieldDifference): string {
  return `${field}: ${was ?? "nothing"} -> ${is ?? "nothing"}`;
}

export function sayEvent({ id, type, outcome, reason, accountId }: LedgerRow): string {
  const whose = accountId === null ? "" : ` of account ${accountId}`;
  return `${id} ${type}: ${outcome}${whose}${reason === null ? "" : ` (${reason})`}`;
}

/** How long ago, in the greatest unit that it fills: `3 days`, `1 minute`. */
export function sayAge(since: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000));
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
const UNITS: readonly (readonly [string, number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** For machines. */
export const eventAsData = ({ id, type, outcome, reason, accountId, createdAt, receivedAt }: LedgerRow) => ({
  id,
  type,
  outcome,
  reason,
  account_id: accountId,
  created_at: createdAt,
  received_at: receivedAt,
});

export const changeAsData = ({ what, accountId, subscriptionId, differences, why }: ReconciliationChange) => ({
  what,
  account_id: accountId,
  subscription_id: subscriptionId,
  differences,
  why,
});

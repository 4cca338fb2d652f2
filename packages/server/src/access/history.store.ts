import type { HistoryEntry } from "@gatehouse/core";
import { sql } from "kysely";
import type { App, Tx } from "../platform/app.ts";

/** Kinds of facts that decide access; each change of one leaves a row. */
export type FactKind = "trial" | "grant" | "stripe_subscription" | "email_verification" | "membership" | "account" | "override";

export interface FactChange {
  readonly accountId: string;
  readonly kind: FactKind;
  /** The row that changed: a trial's, a grant's, a user's. */
  readonly subjectId: string;
  /** The fact as it is now; null: it is gone. */
  readonly value: Readonly<Record<string, string | number | boolean | null>> | null;
  /** From when on it holds, which may differ from when we learnt it. */
  readonly validFrom: Date;
  /** What happened: `user.registered`. */
  readonly cause: string;
}
export interface RecordedFact extends FactChange {
  readonly recordedAt: Date;
}

/** Appends to the history that answers "why was I locked out on that day?"; in the transaction that changes the fact. */
export async function recordFact(app: Pick<App, "ids" | "clock">, tx: Tx, change: FactChange): Promise<void> {
  await recordFacts(app, tx, [change]);
}
export async function recordFacts(app: Pick<App, "ids" | "clock">, tx: Tx, changes: readonly FactChange[]): Promise<void> {
  if (changes.length === 0) return;
  const recordedAt = app.clock.now();
  await tx
    .insertInto("access_history")
    .values(
      changes.map((change) => ({
        account_id: change.accountId,
        id: app.ids.next(),
        kind: change.kind,
        subject_id: change.subjectId,
        value: JSON.stringify(change.value),
        valid_from: change.validFrom,
        recorded_at: recordedAt,
        cause: change.cause,
      })),
    )
    .execute();
}

const TIMELINE_MAX = 500;
const COLUMNS = ["account_id", "kind", "subject_id", "value", "valid_from", "recorded_at", "cause"] as const;

/** The newest changes of an account, oldest first. */
export async function listFacts(tx: Tx, accountId: string): Promise<RecordedFact[]> {
  const rows = await tx
    .selectFrom("access_history")
    .select(COLUMNS)
    .where("account_id", "=", accountId)
    .orderBy("recorded_at", "desc")
    .orderBy("id", "desc")
    .limit(TIMELINE_MAX)
    .execute();
  return rows.reverse().map((row) => ({
    accountId: row.account_id,
    kind: row.kind as FactKind,
    subjectId: row.subject_id,
    value: row.value as FactChange["value"],
    validFrom: row.valid_from,
    recordedAt: row.recorded_at,
    cause: row.cause,
  }));
}

/** Read at once; an account with a longer history is folded from its newest entries. */
const ENTRIES_MAX = 5_000;
const OF_ACCOUNT = ["trial", "grant", "stripe_subscription", "account", "override"] as const;

/**
 * What decided about one person in the account, in the order of its recording.
 * @returns `isCut` where there was more than is read at once
 */
export async function entriesOf(tx: Tx, accountId: string, userId: string): Promise<{ entries: HistoryEntry[]; isCut: boolean }> {
  const rows = await tx
    .selectFrom("access_history as h")
    .select(["h.kind", "h.subject_id", "h.value", "h.valid_from", "h.recorded_at"])
    .where("h.account_id", "=", accountId)
    .where((row) =>
      row.or([
        row("h.kind", "in", OF_ACCOUNT),
        row.and([row("h.kind", "=", "email_verification"), row("h.subject_id", "=", userId)]),
        // The end of a membership names no person.
        row.and([row("h.kind", "=", "membership"), row("h.subject_id", "in", membershipsOf(tx, accountId, userId))]),
      ]),
    )
    .orderBy("h.recorded_at", "desc")
    .orderBy("h.id", "desc")
    .limit(ENTRIES_MAX + 1)
    .execute();
  const entries = rows.slice(0, ENTRIES_MAX).map((row) => ({
    kind: row.kind,
    subjectId: row.subject_id,
    value: row.value,
    validFrom: row.valid_from,
    recordedAt: row.recorded_at,
  }));
  return { entries: entries.reverse(), isCut: rows.length > ENTRIES_MAX };
}

const membershipsOf = (tx: Tx, accountId: string, userId: string) =>
  tx
    .selectFrom("access_history as m")
    .select("m.subject_id")
    .where("m.account_id", "=", accountId)
    .where("m.kind", "=", "membership")
    .where(sql<string>`m.value ->> 'user_id'`, "=", userId);

/** All of an account, in the order of its making: at most `limit` changes after the one with the id `after`, null for the first. */
export async function factsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("access_history")
    .select(["id", "kind", "subject_id", "value", "valid_from", "recorded_at", "cause"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

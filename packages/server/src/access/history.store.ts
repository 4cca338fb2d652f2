import type { App, Tx } from "../platform/app.ts";

/** Kinds of facts that decide access; each change of one leaves a row. */
export type FactKind = "trial" | "grant" | "stripe_subscription" | "email_verification" | "membership" | "account";

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

/** All of an account, in the order of its making: at most `limit` changes after the one with the id `after`, null for the first. */
export async function factsAfter(tx: Tx, accountId: string, after: string | null, limit: number) {
  let query = tx
    .selectFrom("access_history")
    .select(["id", "kind", "subject_id", "value", "valid_from", "recorded_at", "cause"])
    .where("account_id", "=", accountId);
  if (after !== null) query = query.where("id", ">", after);
  return await query.orderBy("id").limit(limit).execute();
}

import type { FieldDifference } from "@gatehouse/core";
import type { Tx } from "../platform/app.ts";
import { countChange } from "./reconciliations.store.ts";

/** Something that a run found, for an operator to read. Only `new` and `changed` changed anything. */
export interface ReconciliationChange {
  readonly what: "new" | "changed" | "missing" | "quarantined" | "failed";
  /** null: it is nobody's. */
  readonly accountId: string | null;
  readonly subscriptionId: string;
  readonly differences: readonly FieldDifference[];
  readonly why: string;
}

/** What is noted of one run; of an import that changes more than that, the history of each account tells. */
const CHANGES_MAX = 1000;
/** Of what was found and changed nothing. */
export const NOTES_MAX = 1000;

/** In the transaction that makes the change: so that it is told and counted once, whatever breaks off. */
export async function noteChange(
  tx: Tx,
  run: { readonly id: string; readonly noteId: string },
  change: ReconciliationChange,
): Promise<void> {
  const count = await countChange(tx, run.id);
  if (count <= CHANGES_MAX) await insertChanges(tx, run.id, [{ id: run.noteId, change }]);
}

/** What was found and changed nothing. */
export async function insertChanges(
  tx: Tx,
  runId: string,
  notes: readonly { readonly id: string; readonly change: ReconciliationChange }[],
): Promise<void> {
  if (notes.length === 0) return;
  await tx
    .insertInto("stripe_reconciliation_changes")
    .values(notes.map(({ id, change }) => ({ run_id: runId, id, change: JSON.stringify(change) })))
    .execute();
}

export async function listChanges(tx: Tx, runId: string): Promise<ReconciliationChange[]> {
  const rows = await tx
    .selectFrom("stripe_reconciliation_changes")
    .select("change")
    .where("run_id", "=", runId)
    .orderBy("id")
    .limit(CHANGES_MAX + NOTES_MAX)
    .execute();
  // Written by `insertChanges` and by nobody else.
  return rows.map((row) => row.change as ReconciliationChange);
}

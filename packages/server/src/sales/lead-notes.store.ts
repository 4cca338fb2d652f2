import type { Tx } from "../platform/app.ts";

export interface LeadNote {
  readonly id: string;
  readonly at: Date;
  /** null: the command line */
  readonly by: string | null;
  readonly text: string;
}
/** Of a lead, at most so many are shown. */
const NOTES_MAX = 500;

export async function insertNote(tx: Tx, leadId: string, note: LeadNote): Promise<void> {
  await tx
    .insertInto("sales_lead_notes")
    .values({ lead_id: leadId, id: note.id, written_by: note.by, written_at: note.at, text: note.text })
    .execute();
}

/** The newest first. */
export async function listNotes(tx: Tx, leadId: string): Promise<LeadNote[]> {
  const rows = await tx
    .selectFrom("sales_lead_notes")
    .select(["id", "written_by", "written_at", "text"])
    .where("lead_id", "=", leadId)
    .orderBy("id", "desc")
    .limit(NOTES_MAX)
    .execute();
  return rows.map((row) => ({ id: row.id, at: row.written_at, by: row.written_by, text: row.text }));
}

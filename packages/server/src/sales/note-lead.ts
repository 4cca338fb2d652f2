import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { insertNote, type LeadNote } from "./lead-notes.store.ts";
import { lockLead } from "./leads.store.ts";
import type { Seller } from "./move-lead.ts";

/**
 * Notes something about the lead. The note is not repeated in the audit, which outlives it when the person is erased.
 * @throws Refusal lead_not_found
 */
export async function noteLead(
  app: Pick<App, "clock" | "ids">,
  tx: Tx,
  by: Seller,
  leadId: string,
  { text, reason }: { readonly text: string; readonly reason: string | null },
): Promise<LeadNote> {
  // Locked, so that no note is left behind by who is erased just now.
  if (!(await lockLead(tx, leadId))) refuse("lead_not_found");
  const note: LeadNote = { id: app.ids.next(), at: app.clock.now(), by: by.userId, text };
  await insertNote(tx, leadId, note);
  await audit(app, tx, {
    ...by.origin,
    accountId: null,
    actorUserId: by.userId,
    action: "lead.noted",
    targetId: leadId,
    details: { note_id: note.id, reason },
  });
  return note;
}

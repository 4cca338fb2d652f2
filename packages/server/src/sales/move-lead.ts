import { type LeadState, nextLeadStates, whyNotMoveLead } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { type Lead, lockLead, setLead } from "./leads.store.ts";

/** Who works on leads; `userId: null`: the command line. */
export interface Seller {
  readonly userId: string | null;
  readonly origin: Origin;
}
export interface LeadMove {
  readonly state: LeadState;
  /** As it was read by who decides; null: whatever it is by now. */
  readonly version: number | null;
  readonly reason: string;
}

/**
 * Says how far the lead has come. To where it is already changes nothing.
 *
 * The audit files it under no account: what sales thinks of a lead is not told to the customer, whose admins read their own.
 * @throws Refusal lead_not_found | edited_meanwhile | lead_state_unreachable | lead_invited
 */
export async function moveLead(app: Pick<App, "clock" | "ids">, tx: Tx, by: Seller, leadId: string, move: LeadMove): Promise<Lead> {
  const lead = (await lockLead(tx, leadId)) ?? refuse("lead_not_found");
  if (move.version !== null && move.version !== lead.version) refuse("edited_meanwhile", { version: lead.version, state: lead.state });
  const refusal = whyNotMoveLead(lead.state, move.state);
  if (refusal) refuse(refusal, { state: lead.state, reachable: nextLeadStates(lead.state) });
  // Who is given up has no way in any more to what was meant to win them.
  if (move.state === "lost" && lead.invitation) refuse("lead_invited", { lead_id: leadId });
  if (lead.state === move.state) return lead;
  await audit(app, tx, {
    ...by.origin,
    accountId: null,
    actorUserId: by.userId,
    action: "lead.moved",
    targetId: leadId,
    details: { from: lead.state, to: move.state, reason: move.reason },
  });
  return setLead(tx, leadId, { state: move.state }, app.clock.now());
}

import { type GrantWish, whyNotConvertLead } from "@gatehouse/core";
import { lockAccount } from "../accounts/accounts.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { findLead, type Lead, lockLead, setLead } from "../sales/leads.store.ts";
import { type Act, auditAct } from "./act.ts";
import { giveGrant } from "./give-grant.ts";

export interface Converted {
  readonly lead: Lead;
  readonly accountId: string;
  readonly grantId: string;
}

/**
 * Gives the lead's account the plan as a complimentary grant, and the lead is won by it; both or neither. Who asked without an account
 * registers first, and is named in `wish.accountId`.
 *
 * @param wish.accountId null: the account that asked
 * @throws Refusal lead_not_found | lead_converted | lead_state_unreachable | lead_without_account | account_not_found | account_deleted |
 *   plan_unknown | grant_in_the_past | edited_meanwhile
 */
export async function convertLead(
  app: Pick<App, "clock" | "ids" | "signals" | "catalogue">,
  tx: Tx,
  by: Act,
  leadId: string,
  wish: GrantWish & { readonly accountId: string | null },
): Promise<Converted> {
  const seen = (await findLead(tx, leadId)) ?? refuse("lead_not_found");
  const accountId = wish.accountId ?? seen.accountId;
  // The account before the lead: as who erases it locks them.
  if (accountId !== null) await lockAccount(tx, accountId);
  const lead = (await lockLead(tx, leadId)) ?? refuse("lead_not_found");
  const facts = { state: lead.state, isConverted: lead.convertedAt !== null, hasAccount: accountId !== null };
  const refusal = whyNotConvertLead(facts);
  if (refusal) refuse(refusal, { account_id: lead.accountId, state: lead.state });
  // Erased, or linked otherwise, between the two looks.
  if (accountId === null || (wish.accountId === null && lead.accountId !== accountId))
    return refuse("edited_meanwhile", { version: lead.version, state: lead.state });
  const grant = await giveGrant(app, tx, by, accountId, { plan: wish.plan, until: wish.until });
  await auditAct(app, tx, by, { accountId, action: "lead.converted", targetId: leadId, details: { grant_id: grant.id } });
  const now = app.clock.now();
  return { lead: await setLead(tx, leadId, { state: "won", accountId, convertedAt: now }, now), accountId, grantId: grant.id };
}

import { decideConversion, type GrantWish, parseEmail } from "@gatehouse/core";
import { listAccountsOf } from "../access/member-of.store.ts";
import { lockAccount } from "../accounts/accounts.store.ts";
import { findUserByEmail } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { findLead, type Lead, lockLead, setLead } from "../sales/leads.store.ts";
import { lockWaitlistEntries } from "../waitlist/waitlist.store.ts";
import { withdrawOffer } from "../waitlist/withdraw-offer.ts";
import { type Act, auditAct } from "./act.ts";
import { giveGrant } from "./give-grant.ts";
import { holdEntry, inviteLead } from "./invite-lead.ts";

type Parts = Pick<App, "clock" | "ids" | "signals" | "catalogue" | "secrets" | "jobs"> & {
  readonly mail: Pick<App["mail"], "configured">;
};
export type LeadWish = GrantWish & {
  /** null: the account that asked, or else the one that its address owns, or else one that is yet to be made */
  readonly accountId: string | null;
  /** As it was read by who decides; null: whatever it is by now. */
  readonly version: number | null;
};
export type Converted = { readonly lead: Lead } & (
  | { readonly outcome: "converted"; readonly accountId: string; readonly grantId: string }
  | { readonly outcome: "invited"; readonly accountId: null; readonly grantId: null }
);

/**
 * Gives the lead's account the plan as a complimentary grant, and the lead is won by it; both or neither. Who has no account is invited to
 * come in by a ticket that carries the plan: no account is made without its person, and the lead is won when they come.
 *
 * @throws Refusal lead_not_found | lead_converted | lead_invited | lead_state_unreachable | lead_without_account | account_not_found |
 *   account_deleted | plan_unknown | grant_in_the_past | edited_meanwhile | mail_not_configured
 */
export async function convertLead(app: Parts, tx: Tx, by: Act, leadId: string, wish: LeadWish): Promise<Converted> {
  const seen = (await findLead(tx, leadId)) ?? refuse("lead_not_found");
  const accountId = await accountFor(tx, wish, seen);
  // The account, then the entry of the waitlist, then the lead: as who erases them, and who comes in by a ticket, lock them.
  if (accountId !== null) await lockAccount(tx, accountId);
  const entry = accountId === null ? await holdEntry(app, tx, seen) : null;
  if (seen.invitation) await lockWaitlistEntries(tx, [seen.invitation.entryId]);
  const lead = (await lockLead(tx, leadId)) ?? refuse("lead_not_found");
  if (wish.version !== null && wish.version !== lead.version) refuse("edited_meanwhile", { version: lead.version, state: lead.state });
  const decision = decideConversion({
    state: lead.state,
    isConverted: lead.convertedAt !== null,
    hasAccount: accountId !== null,
    isInvited: lead.invitation !== null,
    hasAddress: entry !== null,
  });
  if (decision !== "give" && decision !== "invite")
    return refuse(decision, { account_id: lead.accountId, state: lead.state, ...(decision === "lead_invited" ? { lead_id: leadId } : {}) });
  // Erased, linked or invited otherwise, or in by another way, between the two looks.
  if (lead.version !== seen.version || (await accountFor(tx, wish, lead)) !== accountId)
    return refuse("edited_meanwhile", { version: lead.version, state: lead.state });
  if (accountId !== null) return give(app, tx, by, lead, accountId, wish);
  return entry === null ? refuse("lead_without_account") : invite(app, tx, by, lead, entry, wish);
}

async function accountFor(tx: Tx, wish: LeadWish, lead: Lead): Promise<string | null> {
  return wish.accountId ?? lead.accountId ?? (await onlyAccountOf(tx, lead.email));
}

/** The one account that the person owns who proved this address; null: there is none, or it is theirs to say which. */
async function onlyAccountOf(tx: Tx, email: string | null): Promise<string | null> {
  const address = parseEmail(email ?? "");
  const user = address.ok ? await findUserByEmail(tx, address.normalised) : null;
  if (!user || user.emailVerifiedAt === null) return null;
  const owned = (await listAccountsOf(tx, user.id)).filter(({ role, deletionDueAt }) => role === "owner" && deletionDueAt === null);
  return owned.length === 1 ? (owned[0]?.id ?? null) : null;
}

async function give(app: Parts, tx: Tx, by: Act, lead: Lead, accountId: string, { plan, until }: LeadWish): Promise<Converted> {
  const grant = await giveGrant(app, tx, by, accountId, { plan, until });
  if (lead.invitation) await withdrawOffer(tx, lead.invitation.entryId);
  await auditAct(app, tx, by, { accountId, action: "lead.converted", targetId: lead.id, details: { grant_id: grant.id } });
  const now = app.clock.now();
  const won = await setLead(tx, lead.id, { state: "won", accountId, convertedAt: now }, now);
  return { outcome: "converted", lead: won, accountId, grantId: grant.id };
}

async function invite(app: Parts, tx: Tx, by: Act, lead: Lead, entryId: string, { plan, until }: LeadWish): Promise<Converted> {
  await inviteLead(app, tx, by, { leadId: lead.id, entryId }, { plan, until });
  const invited = await setLead(tx, lead.id, { state: lead.state }, app.clock.now());
  return { outcome: "invited", lead: invited, accountId: null, grantId: null };
}

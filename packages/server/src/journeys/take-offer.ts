import { isProven, whyNotTakeTicketOffer } from "@gatehouse/core";
import { recordFacts } from "../access/history.store.ts";
import { listAccountsOf, type MemberOf } from "../access/member-of.store.ts";
import { lockAccount } from "../accounts/accounts.store.ts";
import { lockUser, normalisedEmailOf, type User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { findOffer, type StoredOffer } from "../waitlist/ticket-offers.store.ts";
import { lockTicket, markTicketUsed } from "../waitlist/waitlist.store.ts";
import { giveOffer } from "./give-offer.ts";
import { makeAccount } from "./make-account.ts";

type Parts = Pick<App, "clock" | "ids" | "signals">;
/** An account that the person owns, or the name of one that is made for it. */
export type OfferTarget = { readonly accountId: string } | { readonly accountName: string };

/**
 * Gives what came with a ticket to an account of somebody who has a sign-in already: one that they own, or a new one. The token came by mail,
 * but nobody takes anything for an address that they have not proven: whoever registered it first is not who was meant (law 6).
 *
 * @throws Refusal session_ended | email_not_verified | permission_denied | account_deleted | waitlist_ticket_*
 */
export async function takeOffer(
  app: Parts,
  tx: Tx,
  userId: string,
  input: { readonly token: string; readonly target: OfferTarget; readonly origin: Origin },
): Promise<{ account: MemberOf; grantId: string; offer: StoredOffer }> {
  const user = (await lockUser(tx, userId)) ?? refuse("session_ended");
  if (!isProven({ emailVerifiedAt: user.emailVerifiedAt, credentialsProvenAt: user.passwordProvenAt })) refuse("email_not_verified");
  const { target, origin } = input;
  // The account before the ticket: as operators lock them.
  const owned = "accountId" in target ? await lockOwned(tx, userId, target.accountId) : null;
  const entry = (await lockTicket(tx, hashToken(input.token))) ?? refuse("waitlist_ticket_not_found");
  const offer = await findOffer(tx, entry.id);
  const refusal = whyNotTakeTicketOffer(entry, offer, normalisedEmailOf(user), app.clock.now());
  if (refusal) refuse(refusal);
  if (offer === null) return refuse("waitlist_ticket_used");
  const account = owned ?? (await makeOwn(app, tx, user, "accountName" in target ? target.accountName : user.name));
  const grantId = await giveOffer(app, tx, offer, { userId, accountId: account.id, origin });
  await markTicketUsed(tx, entry.id, userId, app.clock.now());
  return { account, grantId, offer };
}

async function lockOwned(tx: Tx, userId: string, accountId: string): Promise<MemberOf> {
  const member = (await listAccountsOf(tx, userId)).find(({ id }) => id === accountId) ?? refuse("permission_denied");
  if (member.role !== "owner") refuse("permission_denied");
  if ((await lockAccount(tx, accountId))?.deletedAt !== null) refuse("account_deleted");
  return member;
}

async function makeOwn(app: Parts, tx: Tx, user: User, name: string): Promise<MemberOf> {
  const { account, facts } = await makeAccount(app, tx, user, name, "offer.taken");
  await recordFacts(app, tx, facts);
  return account;
}

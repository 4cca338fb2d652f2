import { decideSignup, SIGNUP_MODES, type SignupMode, whyNotAccept, whyNotEnter } from "@gatehouse/core";
import type { StoredInvite } from "../accounts/invites.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { readSetting } from "../platform/settings.store.ts";
import { lockTicket, markTicketUsed, type WaitlistEntry } from "../waitlist/waitlist.store.ts";
import { findInvite } from "./admit.ts";

/** What somebody new has in hand; with both, the invite counts and the ticket stays good. */
export interface WayIn {
  readonly invite: StoredInvite | null;
  /** The entry of the waitlist whose ticket it is. */
  readonly ticket: WaitlistEntry | null;
}
export interface WayInTokens {
  readonly inviteToken: string | null;
  readonly waitlistToken: string | null;
}

/**
 * May somebody with this address register, and by which invite or ticket? Both are locked until the transaction ends.
 * @throws Refusal signup_* | invite_* | waitlist_ticket_*
 */
export async function requireWayIn(
  app: Pick<App, "config" | "clock">,
  tx: Tx,
  normalisedEmail: string,
  { inviteToken, waitlistToken }: WayInTokens,
): Promise<WayIn> {
  const invite = inviteToken === null ? null : ((await findInvite(tx, inviteToken)) ?? refuse("invite_not_found"));
  const ticket = await readTicket(tx, invite ? null : waitlistToken);
  await allowSignUp(app, tx, { invite, ticket });
  const now = app.clock.now();
  const refusal = invite ? whyNotAccept(invite, normalisedEmail, now) : ticket && whyNotEnter(ticket, normalisedEmail, now);
  if (refusal) refuse(refusal);
  return { invite, ticket };
}

/** @throws Refusal waitlist_ticket_not_found */
export const readTicket = async (tx: Tx, waitlistToken: string | null): Promise<WaitlistEntry | null> =>
  waitlistToken === null ? null : ((await lockTicket(tx, hashToken(waitlistToken))) ?? refuse("waitlist_ticket_not_found"));

export const NO_WAY_IN: WayIn = { invite: null, ticket: null };

/** @throws Refusal signup_waitlist | signup_invite_only | signup_closed */
export async function allowSignUp(app: Pick<App, "config">, tx: Tx, { invite, ticket }: WayIn): Promise<void> {
  const decision = decideSignup({
    configuredMode: app.config.signupMode,
    runtimeMode: asMode(await readSetting(tx, "signup_mode")),
    selfServeEnabled: app.config.selfServeEnabled,
    hasTicket: invite !== null || ticket !== null,
  });
  if (decision.allowed) return;
  const mend = { action: "join_waitlist", url: `${app.config.baseUrl}/waitlist` };
  refuse(decision.reason, decision.reason === "signup_waitlist" ? { mend } : {});
}

const asMode = (value: unknown): SignupMode | null => SIGNUP_MODES.find((mode) => mode === value) ?? null;

/** Uses the ticket up, in the transaction that makes its person a user. */
export async function useTicket(
  app: Pick<App, "clock" | "ids">,
  tx: Tx,
  ticket: WaitlistEntry,
  userId: string,
  origin: Origin,
): Promise<void> {
  await markTicketUsed(tx, ticket.id, userId, app.clock.now());
  await audit(app, tx, { ...origin, accountId: null, actorUserId: userId, action: "waitlist.entered", targetId: ticket.id });
}

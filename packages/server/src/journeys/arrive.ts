import { decideLink, type LinkDecision, type LinkUser, type ProviderEmail } from "@gatehouse/core";
import { listAccountsOf } from "../access/member-of.store.ts";
import type { StoredInvite } from "../accounts/invites.store.ts";
import { claimIdentity } from "../billing/claim-trial.ts";
import {
  findIdentity,
  insertIdentity,
  listIdentities,
  lockSubject,
  type NewIdentity,
  touchIdentity,
} from "../identity/identities.store.ts";
import { chooseAccount } from "../identity/login.ts";
import { consumeResetTokens } from "../identity/mail-tokens.store.ts";
import { openSession } from "../identity/open-session.ts";
import { consumePendingSignIns } from "../identity/pending-sign-ins.store.ts";
import type { SignIn } from "../identity/present-person.ts";
import { tellOfIdentity } from "../identity/tell-of-identity.ts";
import { findUserByEmail, lockUser, normalisedEmailOf, type User } from "../identity/users.store.ts";
import { markVerified } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { commitSignUp } from "./commit-sign-up.ts";
import { evictUnproven } from "./evict-unproven.ts";
import { type InviteRef, joinOnSignIn, resolveInvite } from "./join-on-sign-in.ts";
import { allowSignUp, NO_WAY_IN, readTicket, type WayIn } from "./ways-in.ts";

type Parts = Pick<App, "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs" | "stripe">;

/** Who comes with an account of a provider. */
export interface Arrival {
  readonly identity: NewIdentity;
  /** As told by the provider; and, where a mail was followed, proven by it. */
  readonly email: ProviderEmail;
  /** As typed there. */
  readonly address: string;
  readonly name: string;
  readonly origin: Origin;
  /** The invite that they came with. */
  readonly invite: InviteRef | null;
  /** The token of the waitlist's ticket that they came with. */
  readonly waitlistToken: string | null;
}
export type Outcome = "signed_in" | "signed_up" | "linked" | "connected";
export type Arrived = SignIn & { readonly outcome: Outcome };

/**
 * Lets somebody in by an account of a provider, as core's policy decides, in the caller's transaction. An invite that they bring along makes a
 * new person a member instead of an owner, and takes one who is known into its account. A ticket of the waitlist lets in who is new.
 *
 * @returns "ask_proof" where a mail must decide; "again" where somebody else took the address meanwhile, and nothing was written
 * @throws Refusal email_required | identity_conflict | oauth_failed | signup_* | invite_* | waitlist_ticket_* | no_account
 */
export async function arrive(app: Parts, tx: Tx, arrival: Arrival): Promise<Arrived | "ask_proof" | "again"> {
  const { identity, email } = arrival;
  await lockSubject(tx, identity.issuer, identity.subject);
  const known = await findIdentity(tx, identity.issuer, identity.subject);
  const owner = known ? await lockUser(tx, known.userId) : null;
  // Of somebody known the address is of no interest, and to lock its holder too could lock two people in a circle.
  const holder = !known && "normalised" in email ? await lockHolder(tx, email.normalised) : null;
  // Whoever is known is not refused for an invite: it is looked at when they are in.
  const invite = known || holder ? null : await requireInvite(tx, arrival.invite);
  const ticket = known || holder || invite ? null : await readTicket(tx, arrival.waitlistToken);
  const decision = decideLink({
    email,
    identity: known ? { user: owner ? await asLinkUser(tx, owner, identity.provider) : null } : null,
    local: holder ? await asLinkUser(tx, holder, identity.provider) : null,
    invite,
    ticket,
    unprovenSignUp: app.config.signupAnswer,
    now: app.clock.now(),
  });
  if (decision.kind === "ask_proof") return holder ? "ask_proof" : askStranger(app, tx);
  if (decision.kind === "refuse") return refuseLink(decision.code);
  if (decision.kind === "create") return signUp(app, tx, arrival, { invite, ticket }, decision.proven);
  const user = (decision.kind === "sign_in" ? owner : holder) ?? refuse("oauth_failed");
  await joinUser(app, tx, arrival, user, decision, known?.id ?? null);
  return enter(app, tx, user.id, arrival, decision.kind === "sign_in" ? "signed_in" : "linked");
}

const requireInvite = async (tx: Tx, ref: InviteRef | null): Promise<StoredInvite | null> =>
  ref === null ? null : ((await resolveInvite(tx, ref)) ?? refuse("invite_not_found"));

const lockHolder = async (tx: Tx, normalisedEmail: string): Promise<User | null> => {
  const found = await findUserByEmail(tx, normalisedEmail);
  return found ? lockUser(tx, found.id) : null;
};

export async function asLinkUser(tx: Tx, user: User, provider: string): Promise<LinkUser> {
  const identities = await listIdentities(tx, user.id);
  return {
    id: user.id,
    email: normalisedEmailOf(user),
    emailVerifiedAt: user.emailVerifiedAt,
    credentialsProvenAt: user.passwordProvenAt,
    hasIdentityOfProvider: identities.some((identity) => identity.provider === provider),
  };
}

/** A stranger who could not register is told so now, and not after a mail. */
async function askStranger(app: Parts, tx: Tx): Promise<"ask_proof"> {
  await allowSignUp(app, tx, NO_WAY_IN);
  return "ask_proof";
}

/** An orphan is nobody's business to hear of: to the person it is a sign-in that did not work (PH-10). */
const refuseLink = (code: Extract<LinkDecision, { kind: "refuse" }>["code"]): never =>
  refuse(code === "identity_orphaned" ? "oauth_failed" : code);

async function signUp(app: Parts, tx: Tx, arrival: Arrival, way: WayIn, proven: boolean): Promise<Arrived | "again"> {
  await allowSignUp(app, tx, way);
  const { address, email, name, identity, origin } = arrival;
  const normalisedEmail = "normalised" in email ? email.normalised : refuse("email_required");
  const person = { email: address, normalisedEmail, name, accountName: null, passwordHash: null, identity, proven };
  const signIn = await commitSignUp(app, tx, person, way, origin);
  return signIn ? { ...signIn, outcome: "signed_up" } : "again";
}

/** Writes what the decision asks for about an existing user. @param knownId the identity's, where it is the user's already */
async function joinUser(app: Parts, tx: Tx, arrival: Arrival, user: User, decision: LinkDecision, knownId: string | null): Promise<void> {
  const now = app.clock.now();
  const { identity, origin } = arrival;
  if (decision.kind === "evict_and_link") {
    await evictUnproven(app, tx, user, origin);
    await consumeResetTokens(tx, user.id, now);
    // The password was set by who registered the address without owning it: it goes too, and nobody is asked for it again.
    await markVerified(app, tx, user, "identity.connected", { passwordHash: null, passwordProvenAt: now });
  } else if (decision.kind === "sign_in" && decision.proves) {
    await markVerified(app, tx, user, "identity.proven", { passwordProvenAt: now });
  }
  if ("normalised" in arrival.email && arrival.email.state === "proven") await consumePendingSignIns(tx, arrival.email.normalised, now);
  if (knownId !== null) return touchIdentity(tx, knownId, now);
  await connect(app, tx, user.id, identity, origin);
}

/** Joins an account of a provider to the user, writes it down, and tells the owner. */
export async function connect(app: Parts, tx: Tx, userId: string, identity: NewIdentity, origin: Origin): Promise<void> {
  await insertIdentity(tx, userId, identity, app.clock.now());
  await claimIdentity(app, tx, userId, identity);
  await audit(app, tx, {
    accountId: null,
    actorUserId: userId,
    action: "identity.connected",
    targetId: identity.id,
    details: { provider: identity.provider },
    ...origin,
  });
  await tellOfIdentity(app, tx, userId, "identity_connected", identity.provider, origin);
}

async function enter(app: Parts, tx: Tx, userId: string, { identity, origin, invite }: Arrival, outcome: Outcome): Promise<Arrived> {
  const person = (await lockUser(tx, userId)) ?? refuse("oauth_failed");
  const joined = invite ? await joinOnSignIn(app, tx, person, invite, origin) : null;
  const account = joined?.account ?? chooseAccount(await listAccountsOf(tx, userId), null);
  const session = await openSession(app, tx, userId, origin);
  await audit(app, tx, {
    accountId: account.id,
    actorUserId: userId,
    action: "user.signed_in",
    targetId: session.sessionId,
    details: { by: identity.provider },
    ...origin,
  });
  const user = (await lockUser(tx, userId)) ?? refuse("oauth_failed");
  return { user, account, ...session, invite: joined?.outcome ?? null, outcome };
}

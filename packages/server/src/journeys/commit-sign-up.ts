import { isTicketOfferOpen, type TrialRefusal } from "@gatehouse/core";
import { type FactChange, recordFacts } from "../access/history.store.ts";
import type { MemberOf } from "../access/member-of.store.ts";
import { claimTrial, giveTrial } from "../billing/claim-trial.ts";
import { insertIdentity, type NewIdentity } from "../identity/identities.store.ts";
import { sendVerificationLink } from "../identity/mail-links.ts";
import { openSession } from "../identity/open-session.ts";
import { consumePendingSignIns } from "../identity/pending-sign-ins.store.ts";
import type { SignIn } from "../identity/present-person.ts";
import { insertUser, type User } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { findOffer } from "../waitlist/ticket-offers.store.ts";
import type { WaitlistEntry } from "../waitlist/waitlist.store.ts";
import { admit } from "./admit.ts";
import { giveOffer } from "./give-offer.ts";
import { makeAccount } from "./make-account.ts";
import { useTicket, type WayIn } from "./ways-in.ts";

type Parts = Pick<App, "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs" | "stripe">;
export interface NewPerson {
  readonly email: string;
  readonly normalisedEmail: string;
  readonly name: string;
  readonly accountName: string | null;
  readonly passwordHash: string | null;
  /** The account of a provider that the person signs in with; null: by password. */
  readonly identity: NewIdentity | null;
  /** Did this person prove the address: by the mail of an invite, a ticket or a sign-up, or by the provider's word? */
  readonly proven: boolean;
}

/**
 * The one way in for a new person: user, account, ownership, trial, session, verification token, history, audit and the mail's job are
 * written in the caller's transaction, all or none (law 1). With an invite the person joins that account instead; a ticket is used up, and the
 * account has what came with it.
 *
 * @param way locked by the caller
 * @returns null when the address has a user already, also one that another transaction is just committing; then nothing was written
 */
export async function commitSignUp(
  app: Parts,
  tx: Tx,
  person: NewPerson,
  { invite, ticket }: WayIn,
  origin: Origin,
): Promise<SignIn | null> {
  const now = app.clock.now();
  const user: User = {
    id: app.ids.next(),
    email: person.email,
    name: person.name,
    passwordHash: person.passwordHash,
    passwordProvenAt: person.proven ? now : null,
    emailVerifiedAt: person.proven ? now : null,
    roleAtSignup: null,
    locale: "en",
    createdAt: now,
  };
  if (!(await insertUser(tx, { ...user, normalisedEmail: person.normalisedEmail }))) return null;
  if (person.identity) await insertIdentity(tx, user.id, person.identity, now);
  // Who comes by an invite takes no trial, and claims none.
  const { account, trialRefusal } = invite
    ? { account: await admit(app, tx, user, invite, now, origin), trialRefusal: null }
    : await begin(app, tx, user, person, ticket, origin);
  if (ticket) await useTicket(app, tx, ticket, user.id, origin);
  const session = await openSession(app, tx, user.id, origin);
  // Who proves the address ends what others began with it.
  if (person.proven) await consumePendingSignIns(tx, person.normalisedEmail, now);
  else await sendVerificationLink(app, tx, user, origin);
  await audit(app, tx, {
    accountId: account.id,
    actorUserId: user.id,
    action: "user.registered",
    targetId: user.id,
    details: { by: person.identity?.provider ?? (invite ? "invite" : "password"), invited: invite !== null },
    ...origin,
  });
  return { user, account, ...session, trialRefusal };
}

interface Begun {
  readonly account: MemberOf;
  /** Why it has no trial; null: it has one, or what came with a ticket. */
  readonly trialRefusal: TrialRefusal | null;
}

/**
 * An account of one's own, on trial or with what came with the ticket. Not both: the longer of the two would decide, and a trial that runs
 * longer would hide the better plan; and the person's one trial is not used up by it.
 */
async function begin(app: Parts, tx: Tx, user: User, person: NewPerson, ticket: WaitlistEntry | null, origin: Origin): Promise<Begun> {
  const { account, facts } = await makeAccount(app, tx, user, person.accountName, "user.registered");
  const offer = ticket && (await findOffer(tx, ticket.id));
  if (offer && isTicketOfferOpen(offer, app.clock.now())) {
    await recordFacts(app, tx, facts);
    await giveOffer(app, tx, offer, { userId: user.id, accountId: account.id, origin });
    return { account, trialRefusal: null };
  }
  const trial = await startTrial(app, tx, account.id, user, person, origin);
  await recordFacts(app, tx, [...facts, ...(typeof trial === "string" ? [] : [trial])]);
  return { account, trialRefusal: typeof trial === "string" ? trial : null };
}

/** Sign-up goes through either way: who had a trial before begins without one, and is told why. @returns the trial, or why there is none */
async function startTrial(
  app: Parts,
  tx: Tx,
  accountId: string,
  user: User,
  { normalisedEmail, identity, proven }: NewPerson,
  origin: Origin,
): Promise<FactChange | TrialRefusal> {
  const refusal = await claimTrial(app, tx, accountId, { normalisedEmail, identities: identity ? [identity] : [], proven });
  if (refusal === null) return giveTrial(app, tx, { accountId, startsAt: user.createdAt, cause: "user.registered" });
  await audit(app, tx, {
    accountId,
    actorUserId: user.id,
    action: "trial.refused",
    targetId: accountId,
    details: { reason: refusal },
    ...origin,
  });
  return refusal;
}

import { addDays, decideSignup, parseEmail, type Role, SIGNUP_MODES, type SignupMode, whyNotAccept } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { type FactChange, recordFacts } from "../access/history.store.ts";
import { listAccountsOf, type MemberOf } from "../access/member-of.store.ts";
import { insertAccount, slugOf } from "../accounts/accounts.store.ts";
import { lockInvite, markAccepted, type StoredInvite } from "../accounts/invites.store.ts";
import { insertMembership } from "../accounts/memberships.store.ts";
import { insertTrial } from "../billing/trials.store.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { sendResetLink, sendVerificationLink } from "../identity/mail-links.ts";
import { openSession } from "../identity/open-session.ts";
import { checkPassword } from "../identity/password-rules.ts";
import type { SignIn } from "../identity/present-person.ts";
import { findUserByEmail, insertUser, type User } from "../identity/users.store.ts";
import { verificationFact } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { limitTries, sourceOf } from "../platform/rate-limit.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import { readSetting } from "../platform/settings.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs"> & {
  readonly hashes: HashGate;
};
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly accountName: string | null;
  readonly inviteToken: string | null;
  readonly origin: Origin;
}
interface Address {
  readonly email: string;
  readonly normalised: string;
}

/**
 * Sign-up: user, account, ownership, trial, session, verification token, history, audit and the mail's job commit together or not at all
 * (law 1). With an invite the person joins that account instead, and has proven the address by the mail that carried it.
 *
 * A taken address is refused, and its owner is told by mail; if that user never verified, the mail lets the address's owner throw it out.
 *
 * @throws Refusal email_taken | password_weak | signup_invite_only | signup_closed | invite_* | rate_limited | too_busy
 */
export async function register(app: Parts, input: Registration): Promise<SignIn> {
  const parsed = parseEmail(input.email);
  if (!parsed.ok) return refuse("invalid_request", { problems: [{ at: "body.email", why: parsed.why }] });
  const address = { email: input.email, normalised: parsed.normalised };
  checkPassword(input.password, { email: input.email, name: input.name, productName: app.catalogue.productName });
  await limitTries(app, [
    { name: "register.source", limit: 100, windowSeconds: 3600, key: sourceOf(input.origin.ip) },
    { name: "register.address", limit: 5, windowSeconds: 3600, key: address.normalised },
  ]);
  await lookFirst(app, address, input);
  const passwordHash = await app.hashes.hash(input.password);
  const outcome = await app.db.asSystem("sign-up: the account is made here, or the invite names it", (tx) =>
    commitSignUp(app, tx, address, passwordHash, input),
  );
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}

/** Refuses what needs no hash: a shut door, a dead invite, a taken address. What is found here is asked again under the locks. */
async function lookFirst(app: Parts, address: Address, input: Registration): Promise<void> {
  const refusal = await app.db.asSystem("sign-up: nobody is known yet", async (tx) => {
    await findInvite(app, tx, address, input);
    const taken = await findUserByEmail(tx, address.normalised);
    return taken ? tellOwner(app, tx, taken, input.origin) : null;
  });
  if (refusal) throw refusal;
}

/** @throws Refusal signup_* | invite_* */
async function findInvite(app: Parts, tx: Tx, address: Address, input: Registration): Promise<StoredInvite | null> {
  const decision = decideSignup({
    configuredMode: app.config.signupMode,
    runtimeMode: asMode(await readSetting(tx, "signup_mode")),
    selfServeEnabled: app.config.selfServeEnabled,
    hasInvite: input.inviteToken !== null,
  });
  if (!decision.allowed) refuse(decision.reason);
  if (input.inviteToken === null) return null;
  const invite = (await lockInvite(tx, hashToken(input.inviteToken))) ?? refuse("invite_not_found");
  const refusal = whyNotAccept(invite, address.normalised, app.clock.now());
  if (refusal) refuse(refusal);
  return invite;
}

const asMode = (value: unknown): SignupMode | null => SIGNUP_MODES.find((mode) => mode === value) ?? null;

async function commitSignUp(app: Parts, tx: Tx, address: Address, passwordHash: string, input: Registration): Promise<SignIn | Refusal> {
  const now = app.clock.now();
  const invite = await findInvite(app, tx, address, input);
  const user: User = {
    id: app.ids.next(),
    email: address.email,
    name: input.name,
    passwordHash,
    // The invite's token came by mail to this address: whoever holds it set this password (mechanism 7).
    passwordProvenAt: invite ? now : null,
    emailVerifiedAt: invite ? now : null,
    roleAtSignup: null,
    locale: "en",
    createdAt: now,
  };
  if (!(await insertUser(tx, { ...user, normalisedEmail: address.normalised }))) {
    const taken = await findUserByEmail(tx, address.normalised);
    return taken ? tellOwner(app, tx, taken, input.origin) : new Refusal("email_taken");
  }
  const account = invite ? await joinAccount(app, tx, user, invite) : await makeAccount(app, tx, user, input);
  const session = await openSession(app, tx, user.id, input.origin);
  if (!invite) await sendVerificationLink(app, tx, user, input.origin);
  await audit(app, tx, {
    accountId: account.id,
    actorUserId: user.id,
    action: "user.registered",
    targetId: user.id,
    details: { by: invite ? "invite" : "password" },
    ...input.origin,
  });
  return { user, account, ...session };
}

async function makeAccount(app: Parts, tx: Tx, user: User, input: Registration): Promise<MemberOf> {
  const now = user.createdAt;
  const id = app.ids.next();
  const name = input.accountName ?? `${user.name.slice(0, 110)}'s team`;
  const account: MemberOf = { id, name, slug: slugOf(name, id), role: "owner" };
  const trial = {
    accountId: id,
    id: app.ids.next(),
    plan: app.catalogue.trialPlan,
    startsAt: now,
    endsAt: addDays(now, app.policy.trialDays),
  };
  const membershipId = app.ids.next();
  await insertAccount(tx, { ...account, createdAt: now });
  await insertMembership(tx, { accountId: id, id: membershipId, userId: user.id, role: "owner", invitedBy: null, createdAt: now });
  await insertTrial(tx, trial);
  await recordFacts(app, tx, [
    membershipFact(id, membershipId, user.id, "owner", now, "user.registered"),
    {
      accountId: id,
      kind: "trial",
      subjectId: trial.id,
      value: { plan: trial.plan, starts_at: trial.startsAt.toISOString(), ends_at: trial.endsAt.toISOString() },
      validFrom: now,
      cause: "user.registered",
    },
    verificationFact(id, user.id, now, null, "user.registered"),
  ]);
  return account;
}

async function joinAccount(app: Parts, tx: Tx, user: User, invite: StoredInvite): Promise<MemberOf> {
  const now = user.createdAt;
  const membershipId = app.ids.next();
  await insertMembership(tx, {
    accountId: invite.accountId,
    id: membershipId,
    userId: user.id,
    role: invite.role,
    invitedBy: invite.invitedBy,
    createdAt: now,
  });
  await markAccepted(tx, invite.accountId, invite.id, now);
  await recordFacts(app, tx, [
    membershipFact(invite.accountId, membershipId, user.id, invite.role, now, "invite.accepted"),
    verificationFact(invite.accountId, user.id, now, now, "invite.accepted"),
  ]);
  await factsChanged(app, tx, `account:${invite.accountId}`);
  const joined = (await listAccountsOf(tx, user.id)).find((account) => account.id === invite.accountId);
  return joined ?? refuse("invite_not_found");
}

const membershipFact = (accountId: string, membershipId: string, userId: string, role: Role, at: Date, cause: string): FactChange => ({
  accountId,
  kind: "membership",
  subjectId: membershipId,
  value: { user_id: userId, role },
  validFrom: at,
  cause,
});

/** The owner of a taken address hears of the attempt; the mail's job and the trace are kept, the refusal is thrown after (mechanism 8). */
async function tellOwner(app: Parts, tx: Tx, owner: User, origin: Origin): Promise<Refusal> {
  if (owner.emailVerifiedAt === null) await sendResetLink(app, tx, "claim", owner, origin);
  else
    await app.jobs.enqueue(tx, "mail.email_taken", {
      userId: owner.id,
      noticeId: app.ids.next(),
      ip: origin.ip,
      userAgent: origin.userAgent,
    });
  await audit(app, tx, {
    accountId: null,
    actorUserId: null,
    action: "user.register_refused",
    targetId: owner.id,
    details: { code: "email_taken" },
    ...origin,
  });
  return new Refusal("email_taken");
}

import { addDays, decideSignup, SIGNUP_MODES, type SignupMode, whyNotAccept } from "@gatehouse/core";
import { recordFacts } from "../access/history.store.ts";
import type { MemberOf } from "../access/member-of.store.ts";
import { insertAccount, slugOf } from "../accounts/accounts.store.ts";
import type { StoredInvite } from "../accounts/invites.store.ts";
import { insertMembership } from "../accounts/memberships.store.ts";
import { insertTrial } from "../billing/trials.store.ts";
import { insertIdentity, type NewIdentity } from "../identity/identities.store.ts";
import { sendVerificationLink } from "../identity/mail-links.ts";
import { openSession } from "../identity/open-session.ts";
import { consumePendingSignIns } from "../identity/pending-sign-ins.store.ts";
import type { SignIn } from "../identity/present-person.ts";
import { insertUser, type User } from "../identity/users.store.ts";
import { verificationFact } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import { readSetting } from "../platform/settings.store.ts";
import { admit, findInvite } from "./admit.ts";
import { membershipFact } from "./membership-fact.ts";

type Parts = Pick<App, "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs" | "stripe">;
export interface NewPerson {
  readonly email: string;
  readonly normalisedEmail: string;
  readonly name: string;
  readonly accountName: string | null;
  readonly passwordHash: string | null;
  /** The account of a provider that the person signs in with; null: by password. */
  readonly identity: NewIdentity | null;
  /** Did this person prove the address: by an invite's or a sign-up's mail, or by the provider's word? */
  readonly proven: boolean;
}

/**
 * The one way in for a new person: user, account, ownership, trial, session, verification token, history, audit and the mail's job are
 * written in the caller's transaction, all or none (law 1). With an invite the person joins that account instead.
 *
 * @returns null when the address has a user already, also one that another transaction is just committing; then nothing was written
 */
export async function commitSignUp(
  app: Parts,
  tx: Tx,
  person: NewPerson,
  invite: StoredInvite | null,
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
  const account = invite ? await admit(app, tx, user, invite, now, origin) : await makeAccount(app, tx, user, person.accountName);
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
  return { user, account, ...session };
}

/**
 * May somebody with this address register, and by which invite?
 * @throws Refusal signup_* | invite_*
 */
export async function requireInvite(app: Parts, tx: Tx, normalisedEmail: string, inviteToken: string | null): Promise<StoredInvite | null> {
  const invite = await readInvite(tx, inviteToken);
  await allowSignUp(app, tx, invite);
  const refusal = invite ? whyNotAccept(invite, normalisedEmail, app.clock.now()) : null;
  if (refusal) refuse(refusal);
  return invite;
}

/** @throws Refusal invite_not_found */
export const readInvite = async (tx: Tx, inviteToken: string | null): Promise<StoredInvite | null> =>
  inviteToken === null ? null : ((await findInvite(tx, inviteToken)) ?? refuse("invite_not_found"));

/** @throws Refusal signup_invite_only | signup_closed */
export async function allowSignUp(app: Pick<Parts, "config">, tx: Tx, invite: StoredInvite | null): Promise<void> {
  const decision = decideSignup({
    configuredMode: app.config.signupMode,
    runtimeMode: asMode(await readSetting(tx, "signup_mode")),
    selfServeEnabled: app.config.selfServeEnabled,
    hasInvite: invite !== null,
  });
  if (!decision.allowed) refuse(decision.reason);
}

const asMode = (value: unknown): SignupMode | null => SIGNUP_MODES.find((mode) => mode === value) ?? null;

async function makeAccount(app: Parts, tx: Tx, user: User, accountName: string | null): Promise<MemberOf> {
  const now = user.createdAt;
  const id = app.ids.next();
  const name = accountName ?? `${user.name.slice(0, 110)}'s team`;
  const account: MemberOf = { id, name, slug: slugOf(name, id), role: "owner", deletionDueAt: null };
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

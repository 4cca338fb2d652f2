import { addMinutes } from "@gatehouse/core";
import type { MemberOf } from "../access/member-of.store.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import type { StoredInvite } from "../accounts/invites.store.ts";
import { FRESH_MINUTES } from "../identity/confirm-person.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { sendResetLink } from "../identity/mail-links.ts";
import { type OpenedSession, openSession } from "../identity/open-session.ts";
import { signedInAt } from "../identity/sessions.store.ts";
import { findUser, lockUser, type User } from "../identity/users.store.ts";
import { markVerified } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { limitTries } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { admit, findInvite, type JoinRefusal, whyNotJoin } from "./admit.ts";
import { evictUnproven } from "./evict-unproven.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "policy" | "secrets" | "signals" | "jobs" | "stripe"> & {
  readonly hashes: HashGate;
};
export interface Acceptance {
  readonly token: string;
  /** What proves that the person, and not a stranger who registered their address, set it. */
  readonly password: string | null;
  readonly origin: Origin;
}
export interface Accepted {
  readonly user: User;
  readonly account: MemberOf;
  /** A new one where every session was ended. */
  readonly session: OpenedSession | null;
  readonly passwordRemoved: boolean;
}

/**
 * Makes the signed-in person a member of the account that invited them. The token came by mail, so it proves the address too. It does not
 * prove who set the credentials: where that was never shown, and is not shown now by the password or by a fresh sign-in without one,
 * password, providers and sessions go, and whoever holds the mail goes on in a new session (mechanism 7, law 6).
 *
 * Membership, `accepted_at`, verification and the mails' jobs stand or fall together.
 * @throws Refusal invite_* | invalid_credentials | session_ended | rate_limited | too_busy
 */
export async function acceptInvite(app: Parts, actor: Actor, input: Acceptance): Promise<Accepted> {
  const provenHash = input.password === null ? null : await provePassword(app, actor, input.password);
  return app.db.asSystem("invite token: its account is not known before it is read", async (tx) => {
    const user = (await lockUser(tx, actor.userId)) ?? refuse("session_ended");
    if (provenHash !== null && user.passwordHash !== provenHash) refuse("invalid_credentials");
    const invite = (await findInvite(tx, input.token)) ?? refuse("invite_not_found");
    const refusal = await whyNotJoin(app, tx, user, invite);
    if (refusal) await refuseJoin(app, tx, user, invite, refusal);
    const isProven = user.passwordProvenAt !== null || provenHash !== null || (await isFreshWithoutPassword(app, tx, user, actor));
    if (isProven) {
      const provenAt = user.passwordProvenAt ?? app.clock.now();
      const verifiedAt = await markVerified(app, tx, user, "invite.accepted", { passwordProvenAt: provenAt });
      return finish(app, tx, { user, invite, verifiedAt, session: null }, input.origin);
    }
    return startClean(app, tx, user, invite, input.origin);
  });
}

/** @returns the hash that the password was right for @throws Refusal invalid_credentials | rate_limited | too_busy */
async function provePassword(app: Parts, actor: Actor, password: string): Promise<string> {
  await limitTries(app, [{ name: "password.confirm", limit: 10, windowSeconds: 900, key: actor.userId }]);
  const user = await app.db.asSystem("a proof is a person's, not an account's", (tx) => findUser(tx, actor.userId));
  const isRight = user?.passwordHash ? await app.hashes.verify(user.passwordHash, password) : await app.hashes.verifyNothing(password);
  return isRight && user?.passwordHash ? user.passwordHash : refuse("invalid_credentials");
}

/** Who is in already and opens the link once more is told where to go. @throws Refusal always */
async function refuseJoin(app: Parts, tx: Tx, user: User, invite: StoredInvite, refusal: JoinRefusal): Promise<never> {
  const isIn = (await listAccountsOf(tx, user.id)).some(({ id }) => id === invite.accountId);
  return refuse(refusal, isIn ? { mend: { action: "open_account", url: `${app.config.baseUrl}/team` } } : {});
}

async function isFreshWithoutPassword(app: Parts, tx: Tx, user: User, actor: Actor): Promise<boolean> {
  const since = user.passwordHash === null ? await signedInAt(tx, actor.sessionId) : null;
  return since !== null && app.clock.now() < addMinutes(since, FRESH_MINUTES);
}

/** Throws out whoever set this user up, and mails the owner of the address a link to choose a password. */
async function startClean(app: Parts, tx: Tx, user: User, invite: StoredInvite, origin: Origin): Promise<Accepted> {
  await evictUnproven(app, tx, user, origin);
  const change = { passwordHash: null, passwordProvenAt: app.clock.now() };
  const verifiedAt = await markVerified(app, tx, user, "invite.accepted", change);
  await sendResetLink(app, tx, "reset", user, origin);
  const session = await openSession(app, tx, user.id, origin);
  return finish(app, tx, { user, invite, verifiedAt, session }, origin);
}

interface Joining {
  readonly user: User;
  readonly invite: StoredInvite;
  readonly verifiedAt: Date;
  readonly session: OpenedSession | null;
}

async function finish(app: Parts, tx: Tx, { user, invite, verifiedAt, session }: Joining, origin: Origin): Promise<Accepted> {
  const account = await admit(app, tx, user, invite, verifiedAt, origin);
  const after = (await findUser(tx, user.id)) ?? refuse("session_ended");
  return { user: after, account, session, passwordRemoved: user.passwordHash !== null && after.passwordHash === null };
}

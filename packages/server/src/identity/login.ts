import { parseEmail } from "@gatehouse/core";
import { listAccountsOf, type MemberOf } from "../access/member-of.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { countTries, forgiveTries, type Limit, limitTries, sourceOf } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import type { HashGate } from "./hash-gate.ts";
import { listIdentities } from "./identities.store.ts";
import { openSession } from "./open-session.ts";
import type { InviteOutcome, SignIn } from "./present-person.ts";
import { listAddressesOf } from "./sessions.store.ts";
import { findUser, findUserByEmail, lockUser, type User, updateUser } from "./users.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "secrets"> & { readonly hashes: HashGate };
export interface LoginInput {
  readonly email: string;
  readonly password: string;
  readonly accountId: string | null;
  readonly origin: Origin;
}
/** What else is done for a person whose password was right, in the transaction that lets them in: it may lead into another account. */
export type OnEntering = (tx: Tx, user: User) => Promise<{ readonly account: MemberOf | null; readonly outcome: InviteOutcome }>;

/**
 * Signs a person in by password. An unknown address, a wrong password and a user without a password do the same work and get the same
 * answer (EN-1): one look-up, one hash, one audit row. Only with LOGIN_HINTS=helpful a user without a password is told which providers
 * to use instead, so that nobody is stuck.
 *
 * @throws Refusal invalid_credentials | use_oauth_provider | no_account | account_not_found | rate_limited | too_busy
 */
export async function login(app: Parts, input: LoginInput, onEntering: OnEntering | null = null): Promise<SignIn> {
  const address = parseEmail(input.email);
  const normalised = address.ok ? address.normalised : input.email.toLowerCase();
  await limitLogins(app, normalised, input.origin);

  const user = await app.db.asSystem("login: nobody is known yet", (tx) => findUserByEmail(tx, normalised));
  const isRight = user?.passwordHash
    ? await app.hashes.verify(user.passwordHash, input.password)
    : await app.hashes.verifyNothing(input.password);
  if (!isRight || !user?.passwordHash) {
    const providers = await recordFailure(app, user, input.origin);
    return providers.length > 0 ? refuse("use_oauth_provider", { providers }) : refuse("invalid_credentials");
  }
  const rehashed = app.hashes.needsRehash(user.passwordHash) ? await app.hashes.hash(input.password) : null;
  return enter(app, user, { rehashed, tries: bySource(normalised, input.origin), onEntering }, input);
}

function enter(
  app: Parts,
  user: User,
  { rehashed, tries, onEntering }: { rehashed: string | null; tries: Limit; onEntering: OnEntering | null },
  input: LoginInput,
): Promise<SignIn> {
  const now = app.clock.now();
  return app.db.asSystem("login: the person is known, the account is chosen here", async (tx) => {
    const locked = await lockUser(tx, user.id);
    // A reset or change that came while we hashed: what was proven is no longer the password.
    if (locked?.passwordHash !== user.passwordHash) refuse("invalid_credentials");
    const entered = onEntering ? await onEntering(tx, locked) : null;
    const account = entered?.account ?? chooseAccount(await listAccountsOf(tx, user.id), input.accountId);
    if (rehashed !== null) await updateUser(tx, user.id, { passwordHash: rehashed }, now);
    // Only those from here: guesses from elsewhere are not made right by it.
    if (app.config.rateLimitFactor > 0) await forgiveTries(app, tx, tries);
    const session = await openSession(app, tx, user.id, input.origin);
    await audit(app, tx, {
      accountId: account.id,
      actorUserId: user.id,
      action: "user.signed_in",
      targetId: session.sessionId,
      ...input.origin,
    });
    return { user: (await findUser(tx, user.id)) ?? user, account, ...session, invite: entered?.outcome ?? null };
  });
}

/** @throws Refusal no_account | account_not_found */
export function chooseAccount(accounts: readonly MemberOf[], wantedId: string | null): MemberOf {
  if (wantedId === null) return accounts[0] ?? refuse("no_account");
  return accounts.find((account) => account.id === wantedId) ?? refuse("account_not_found");
}

/** @returns the providers to hint at */
const recordFailure = (app: Parts, user: User | null, origin: Origin): Promise<string[]> =>
  app.db.asSystem("login: a failed attempt leaves a trace", async (tx) => {
    await audit(app, tx, { accountId: null, actorUserId: null, action: "user.sign_in_failed", targetId: user?.id ?? null, ...origin });
    if (app.config.loginHints === "strict" || user === null || user.passwordHash !== null) return [];
    const identities = await listIdentities(tx, user.id);
    return [...new Set(identities.map(({ provider }) => provider))];
  });

/**
 * Slows guessing by address and by source. The bound on an address from everywhere shuts out only sources that this person never signed in
 * from: a stranger's failures do not lock the owner out (PW-7).
 */
async function limitLogins(app: Parts, normalised: string, origin: Origin): Promise<void> {
  await limitTries(app, [loginLimits.source(sourceOf(origin.ip)), bySource(normalised, origin)]);
  const wait = await countTries(app, [loginLimits.address(normalised)]);
  if (wait === 0) return;
  const addresses = await app.db.asSystem("login: has this person signed in from here before?", (tx) => listAddressesOf(tx, normalised));
  const isKnown = addresses.some((address) => sourceOf(address) === sourceOf(origin.ip));
  if (!isKnown) refuse("rate_limited", { retryAfterSeconds: wait });
}

/** How often a login may be tried: by where from, by as whom from there, and by as whom from everywhere. */
export const loginLimits = {
  source: (source: string): Limit => ({ name: "login.source", limit: 100, windowSeconds: 900, key: source }),
  addressAndSource: (normalised: string, source: string): Limit => ({
    name: "login.address_and_source",
    limit: 10,
    windowSeconds: 900,
    key: `${normalised}\n${source}`,
  }),
  address: (normalised: string): Limit => ({ name: "login.address", limit: 50, windowSeconds: 3600, key: normalised }),
};

const bySource = (normalised: string, origin: Origin): Limit => loginLimits.addressAndSource(normalised, sourceOf(origin.ip));

import type { HashGate } from "../identity/hash-gate.ts";
import { lockPendingSignIn, type PendingIdentity, type PendingSignIn } from "../identity/pending-sign-ins.store.ts";
import { usable } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { type Arrived, arrive } from "./arrive.ts";
import { commitSignUp } from "./commit-sign-up.ts";
import { allowSignUp, NO_WAY_IN } from "./ways-in.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs" | "stripe"> & {
  readonly hashes: HashGate;
};
export interface Confirmation {
  readonly token: string;
  readonly password: string | null;
  /** The mark of the browser in which the link was followed; null: it has none. */
  readonly browser: string | null;
  readonly origin: Origin;
}

/**
 * Goes on by the link of a mail, which proves the address; everything that waits for that address is used up by it. Who began is another question: anybody may have typed the address, or written
 * it into an account of a provider. So an account of a provider is joined only in the browser where that was begun, for a link that the
 * owner of the address follows must not let a stranger in (PH-6, PH-7); and a password counts only there, or where it is given again.
 *
 * @throws Refusal token_* | other_browser | invalid_credentials | email_taken | identity_conflict | signup_* | no_account | too_busy
 */
export async function confirmEmail(app: Parts, input: Confirmation): Promise<Arrived & { readonly returnTo: string | null }> {
  const tokenHash = hashToken(input.token);
  const read = async (tx: Tx): Promise<PendingSignIn> => usable(await lockPendingSignIn(tx, tokenHash), app.clock.now());
  // Twice: hashing is slow and stands before the transaction.
  const seen = await app.db.asSystem("a mail's token says whose it is", read);
  const isSameBrowser = input.browser !== null && hashToken(input.browser).equals(seen.browserHash);
  const passwordHash = await provenHash(app, seen, input.password, isSameBrowser);
  return app.db.asSystem("a mail's token says whose it is", async (tx) => {
    const pending = await read(tx);
    const arrived = pending.identity
      ? await join(app, tx, pending, pending.identity, isSameBrowser, input.origin)
      : await signUp(app, tx, pending, passwordHash, input.origin);
    return { ...arrived, returnTo: pending.returnTo };
  });
}

/** The password that the sign-up was begun with, if it is this person's. */
async function provenHash(app: Parts, pending: PendingSignIn, password: string | null, isSameBrowser: boolean): Promise<string | null> {
  if (pending.passwordHash === null || (password === null && !isSameBrowser)) return null;
  if (password !== null && !(await app.hashes.verify(pending.passwordHash, password))) refuse("invalid_credentials");
  return pending.passwordHash;
}

async function signUp(app: Parts, tx: Tx, pending: PendingSignIn, passwordHash: string | null, origin: Origin): Promise<Arrived> {
  await allowSignUp(app, tx, NO_WAY_IN);
  const { email, normalisedEmail, name, accountName } = pending;
  const person = { email, normalisedEmail, name, accountName, passwordHash, identity: null, proven: true };
  const signIn = (await commitSignUp(app, tx, person, NO_WAY_IN, origin)) ?? refuse("email_taken");
  return { ...signIn, outcome: "signed_up" };
}

async function join(
  app: Parts,
  tx: Tx,
  pending: PendingSignIn,
  identity: PendingIdentity,
  isSameBrowser: boolean,
  origin: Origin,
): Promise<Arrived> {
  if (!isSameBrowser) refuse("other_browser");
  const arrived = await arrive(app, tx, {
    identity: { ...identity, id: app.ids.next(), email: pending.email },
    email: { state: "proven", normalised: pending.normalisedEmail },
    address: pending.email,
    name: pending.name,
    origin,
    invite: pending.invite,
    // A ticket proves the address itself: nobody who came with one is left to a mail.
    waitlistToken: null,
  });
  return typeof arrived === "string" ? refuse("email_taken") : arrived;
}

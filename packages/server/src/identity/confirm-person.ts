import { addMinutes } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { limitTries } from "../platform/rate-limit.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import type { HashGate } from "./hash-gate.ts";
import { signedInAt } from "./sessions.store.ts";
import { findUser, type User } from "./users.store.ts";

/** For so long a sign-in without a password counts as a fresh proof. */
export const FRESH_MINUTES = 10;

type Parts = Pick<App, "db" | "clock" | "config" | "secrets"> & { readonly hashes: HashGate };

/**
 * The fresh proof that dangerous changes ask for (PW-5, PH-11): a stolen access token alone is not enough. It is the password; of a user
 * who has none, a sign-in of this session within the last ten minutes.
 *
 * @returns the user as the proof was checked against
 * @throws Refusal fresh_sign_in_required | session_ended | rate_limited | too_busy
 */
export async function confirmPerson(app: Parts, actor: Actor, password: string | null): Promise<User> {
  await limitTries(app, [{ name: "password.confirm", limit: 10, windowSeconds: 900, key: actor.userId }]);
  const { user, since } = await app.db.asSystem("a proof is a person's, not an account's", async (tx) => ({
    user: await findUser(tx, actor.userId),
    since: await signedInAt(tx, actor.sessionId),
  }));
  if (!user || !since) return refuse("session_ended");
  if (user.passwordHash === null) {
    if (app.clock.now() >= addMinutes(since, FRESH_MINUTES)) refuse("fresh_sign_in_required");
    return user;
  }
  if (password === null || !(await app.hashes.verify(user.passwordHash, password))) refuse("fresh_sign_in_required");
  return user;
}

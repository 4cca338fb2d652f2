import { addMinutes } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { forgiveTries, sourceOf } from "../platform/rate-limit.ts";
import { failedAddressesOf } from "./failed-logins.store.ts";
import { loginLimits } from "./login.ts";
import { listAddressesOf } from "./sessions.store.ts";
import { normalisedEmailOf, type User } from "./users.store.ts";

/** As long as the longest window of the limits on logins. */
const LOOK_BACK_MINUTES = 60;

/**
 * Forgets the failed logins of a person who is locked out: those of their address from everywhere, and those of the sources that they
 * signed in from before or failed from within the hour. A source as such is let go only where they signed in from: what a stranger tried
 * from elsewhere, with other addresses too, stays counted against them.
 * @returns sources whose tries were forgotten
 */
export async function forgetLogins(app: Pick<App, "clock" | "secrets">, tx: Tx, user: User): Promise<number> {
  const normalised = normalisedEmailOf(user);
  const own = new Set((await listAddressesOf(tx, normalised)).map(sourceOf));
  const failed = await failedAddressesOf(tx, user.id, addMinutes(app.clock.now(), -LOOK_BACK_MINUTES));
  const all = new Set([...own, ...failed.map(sourceOf)]);
  await forgiveTries(app, tx, loginLimits.address(normalised));
  for (const source of all) await forgiveTries(app, tx, loginLimits.addressAndSource(normalised, source));
  for (const source of own) await forgiveTries(app, tx, loginLimits.source(source));
  return all.size;
}

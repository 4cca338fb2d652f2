import { factsChanged } from "../access/facts-cache.ts";
import type { App } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { confirmPerson } from "./confirm-person.ts";
import { endSessions } from "./end-session.ts";
import type { HashGate } from "./hash-gate.ts";
import { consumeResetTokens } from "./mail-tokens.store.ts";
import { checkPassword } from "./password-rules.ts";
import { lockUser, updateUser } from "./users.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "config" | "secrets" | "signals" | "jobs" | "catalogue"> & { readonly hashes: HashGate };

/**
 * Changes the password of who is signed in, or sets the first one. Every other session ends and open reset links die with the old password (PH-4); the owner is
 * told by mail. It proves nothing about the address, so `password_proven_at` stays as it is.
 *
 * @throws Refusal fresh_sign_in_required | password_weak | rate_limited | too_busy
 */
export async function changePassword(
  app: Parts,
  actor: Actor,
  passwords: { current: string | null; next: string },
  origin: Origin,
): Promise<void> {
  const user = await confirmPerson(app, actor, passwords.current);
  const owner = { email: user.email, name: user.name, productName: app.catalogue.productName };
  checkPassword(passwords.next, owner, "body.new_password");
  const passwordHash = await app.hashes.hash(passwords.next);
  const now = app.clock.now();
  await app.db.asSystem("a password belongs to a person, not to an account", async (tx) => {
    const locked = await lockUser(tx, user.id);
    if (locked?.passwordHash !== user.passwordHash) refuse("fresh_sign_in_required");
    await updateUser(tx, user.id, { passwordHash }, now);
    // An owner's change ends them; one who never proved the address must not shut its owner out by changing again and again (law 6).
    if (locked.passwordProvenAt !== null) await consumeResetTokens(tx, user.id, now);
    await endSessions(app, tx, { userId: user.id, exceptSessionId: actor.sessionId }, "password_changed", origin);
    await audit(app, tx, {
      accountId: actor.accountId,
      actorUserId: user.id,
      action: "user.password_changed",
      targetId: user.id,
      details: { first: user.passwordHash === null },
      ...origin,
    });
    await app.jobs.enqueue(tx, "mail.password_changed", {
      userId: user.id,
      noticeId: app.ids.next(),
      at: now.toISOString(),
      ip: origin.ip,
      userAgent: origin.userAgent,
    });
    await factsChanged(app, tx, `user:${user.id}`);
  });
}

import { endSessions } from "../identity/end-session.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { consumeResetTokens, lockResetToken } from "../identity/mail-tokens.store.ts";
import { checkPassword } from "../identity/password-rules.ts";
import { consumePendingSignIns } from "../identity/pending-sign-ins.store.ts";
import { findUser, lockUser, normalisedEmailOf, type User } from "../identity/users.store.ts";
import { markVerified, usable } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { evictUnproven } from "./evict-unproven.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "signals" | "jobs" | "catalogue"> & { readonly hashes: HashGate };

/**
 * Sets a password by the token of a mail. It proves the address and the password at once, ends every session, and throws out whoever set
 * up this user without owning the address. The owner is told by mail.
 *
 * @throws Refusal token_invalid | token_used | token_expired | password_weak | too_busy
 */
export async function resetPassword(app: Parts, input: { token: string; password: string; origin: Origin }): Promise<void> {
  const tokenHash = hashToken(input.token);
  const read = (tx: Tx) => readOwner(app, tx, tokenHash);
  // Twice: hashing is slow and stands before the transaction, and a dead token must not cost a hash.
  const owner = await app.db.asSystem("a mail's token says whose it is", read);
  checkPassword(input.password, { email: owner.email, name: owner.name, productName: app.catalogue.productName });
  const passwordHash = await app.hashes.hash(input.password);

  await app.db.asSystem("a mail's token says whose it is", async (tx) => {
    const now = app.clock.now();
    const user = await read(tx);
    await consumeResetTokens(tx, user.id, now);
    // What others began with this address waits for nothing any more (PH-4).
    await consumePendingSignIns(tx, normalisedEmailOf(user), now);
    if (user.passwordProvenAt === null) await evictUnproven(app, tx, user, input.origin);
    else await endSessions(app, tx, { userId: user.id }, "password_reset", input.origin);
    await markVerified(app, tx, user, "user.password_reset", { passwordHash, passwordProvenAt: now });
    await audit(app, tx, { accountId: null, actorUserId: user.id, action: "user.password_reset", targetId: user.id, ...input.origin });
    await app.jobs.enqueue(tx, "mail.password_changed", {
      userId: user.id,
      noticeId: app.ids.next(),
      at: now.toISOString(),
      ip: input.origin.ip,
      userAgent: input.origin.userAgent,
    });
  });
}

/** Locks token and user: of two that follow one link at once, one sets the password. */
async function readOwner(app: Parts, tx: Tx, tokenHash: Buffer): Promise<User> {
  const token = usable(await lockResetToken(tx, tokenHash), app.clock.now());
  const user = await lockUser(tx, (await findUser(tx, token.userId))?.id ?? refuse("token_invalid"));
  if (!user || user.email !== token.email) return refuse("token_invalid");
  return user;
}

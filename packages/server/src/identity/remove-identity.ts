import { isLastWayIn } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { endSessions } from "./end-session.ts";
import { deleteIdentity, listIdentities } from "./identities.store.ts";
import { tellOfIdentity } from "./tell-of-identity.ts";
import { lockUser, type User } from "./users.store.ts";

/**
 * Disconnects an account of a provider from a person who was just confirmed. Every other session ends, for one of them may have come in
 * by it (PH-2), and the owner is told by mail.
 *
 * @param confirmed as the proof was checked against; a change since then refuses
 * @throws Refusal identity_not_found | last_way_in | fresh_sign_in_required
 */
export async function removeIdentity(
  app: Pick<App, "clock" | "ids" | "signals" | "jobs">,
  tx: Tx,
  who: { actor: Actor; confirmed: User; origin: Origin },
  identityId: string,
): Promise<void> {
  const { actor, confirmed, origin } = who;
  // Locked: two removals at once see each other, and one way in stays.
  const user = await lockUser(tx, confirmed.id);
  if (user?.passwordHash !== confirmed.passwordHash) refuse("fresh_sign_in_required");
  const identities = await listIdentities(tx, confirmed.id);
  const identity = identities.find(({ id }) => id === identityId) ?? refuse("identity_not_found");
  if (isLastWayIn({ hasPassword: user.passwordHash !== null, others: identities.length - 1 })) refuse("last_way_in");
  await deleteIdentity(tx, user.id, identity.id);
  await endSessions(app, tx, { userId: user.id, exceptSessionId: actor.sessionId }, "identity_removed", origin);
  await audit(app, tx, {
    accountId: actor.accountId,
    actorUserId: user.id,
    action: "identity.removed",
    targetId: identity.id,
    details: { provider: identity.provider },
    ...origin,
  });
  await tellOfIdentity(app, tx, user.id, "identity_removed", identity.provider, origin);
  await factsChanged(app, tx, `user:${user.id}`);
}

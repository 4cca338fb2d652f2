import { whyNotRemove } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { revokeInvitesSentBy } from "./invites.store.ts";
import { deleteMembership, lockMembers } from "./memberships.store.ts";
import { endOffersOf } from "./ownership-offers.store.ts";

/**
 * Takes a member out of the account, or lets them leave it. Decided by the roles as they are locked (law 10). From the commit on no process
 * lets them into this account; their sessions go on elsewhere. With them go the invites that they sent and nobody has accepted, and the
 * offer of ownership that they made or were made. Who is taken out is told by mail; who leaves knows.
 *
 * @throws Refusal session_ended | member_not_found | permission_denied | last_owner
 */
export async function removeMember(
  app: Pick<App, "clock" | "ids" | "signals" | "jobs">,
  tx: Tx,
  who: { actor: Actor; origin: Origin },
  memberId: string,
): Promise<void> {
  const now = app.clock.now();
  const { accountId, userId } = who.actor;
  const members = await lockMembers(tx, accountId);
  const actor = members.find((member) => member.userId === userId) ?? refuse("session_ended");
  const target = members.find((member) => member.id === memberId) ?? refuse("member_not_found");
  const owners = members.filter((member) => member.role === "owner").length;
  const refusal = whyNotRemove({ actor, target, owners });
  if (refusal) refuse(refusal);

  const action = target === actor ? "member.left" : "member.removed";
  await deleteMembership(tx, accountId, target.userId);
  const invites = await revokeInvitesSentBy(tx, target.userId, now, accountId);
  await endOffersOf(tx, accountId, target.userId, now);
  await recordFact(app, tx, { accountId, kind: "membership", subjectId: target.id, value: null, validFrom: now, cause: action });
  await factsChanged(app, tx, `account:${accountId}`);
  const details = { user_id: target.userId, role: target.role, invites };
  await audit(app, tx, { accountId, actorUserId: userId, action, targetId: target.id, details, ...who.origin });
  if (action === "member.removed") {
    const data = { accountId, userId: target.userId, noticeId: app.ids.next(), at: now.toISOString() };
    await app.jobs.enqueue(tx, "mail.member_removed", data);
  }
}

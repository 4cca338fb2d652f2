import { type Role, whyNotChangeRole } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { findMember, type Member } from "./members.store.ts";
import { lockMembers } from "./memberships.store.ts";
import { setRole } from "./set-role.ts";

/**
 * Gives a member another role; the one that they have changes nothing. It is decided by the roles as they are locked: whoever was demoted
 * while their request was under way has no power any more, and of two owners who demote each other one stays (law 10).
 *
 * @throws Refusal session_ended | member_not_found | permission_denied | own_role | ownership_needs_consent | last_owner
 */
export async function changeRole(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  who: { actor: Actor; origin: Origin },
  memberId: string,
  role: Role,
): Promise<Member> {
  const { accountId, userId } = who.actor;
  const members = await lockMembers(tx, accountId);
  const actor = members.find((member) => member.userId === userId) ?? refuse("session_ended");
  const target = members.find((member) => member.id === memberId) ?? refuse("member_not_found");
  const owners = members.filter((member) => member.role === "owner").length;
  const refusal = whyNotChangeRole({ actor, target, owners }, role);
  if (refusal) refuse(refusal);
  if (role !== target.role) {
    const invites = await setRole(app, tx, { accountId, ...target }, role, "member.role_changed");
    await audit(app, tx, {
      accountId,
      actorUserId: userId,
      action: "member.role_changed",
      targetId: target.id,
      details: { user_id: target.userId, from: target.role, to: role, invites },
      ...who.origin,
    });
  }
  return (await findMember(tx, accountId, memberId)) ?? refuse("member_not_found");
}

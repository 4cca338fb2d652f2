import { may, type Role } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { revokeInvitesSentBy } from "./invites.store.ts";
import { updateRole } from "./memberships.store.ts";

/**
 * Gives a member of a locked account another role, with all that hangs on it: the history, the word to every process, and invites that
 * they sent and may send no more.
 *
 * @param cause what happened, as the history says it
 * @returns how many of their open invites were taken back
 */
export async function setRole(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  member: { readonly accountId: string; readonly id: string; readonly userId: string; readonly role: Role },
  role: Role,
  cause: string,
): Promise<number> {
  const now = app.clock.now();
  const { accountId, id, userId } = member;
  await updateRole(tx, accountId, id, role);
  const losesInvites = may(member.role, "invites.manage") && !may(role, "invites.manage");
  const invites = losesInvites ? await revokeInvitesSentBy(tx, userId, now, accountId) : 0;
  await recordFact(app, tx, { accountId, kind: "membership", subjectId: id, value: { user_id: userId, role }, validFrom: now, cause });
  await factsChanged(app, tx, `account:${accountId}`);
  return invites;
}

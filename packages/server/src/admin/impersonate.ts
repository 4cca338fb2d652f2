import { addMinutes, IMPERSONATION_MINUTES, whomToImpersonate } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { findAccount } from "../accounts/accounts.store.ts";
import { IMPERSONATION_ROLE } from "../platform/access-tokens.ts";
import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { listPeople } from "./account-detail.store.ts";
import { type Act, auditAct } from "./act.ts";
import { type Impersonation, insertImpersonation, lockImpersonation, markImpersonationEnded } from "./impersonations.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "signals" | "tokens">;

/**
 * Lets an operator look at an account as its people do. The token only names: what is allowed is asked of the facts at each request, so
 * that it ends on every process when this is ended, when the operator signs out or is none any more, or when the one looked as leaves.
 * @param actor the operator, in a session of their own
 * @throws Refusal account_not_found | impersonation_refused
 */
export async function impersonate(app: Parts, actor: Actor, accountId: string, { origin, reason }: { origin: Origin; reason: string }) {
  const { account, impersonation } = await app.db.forAccount(accountId, async (tx) => {
    const found = (await findAccount(tx, accountId)) ?? refuse("account_not_found");
    const whom = whomToImpersonate(await listPeople(tx, accountId), actor.userId);
    if (!whom.ok) return refuse("impersonation_refused", { reason: whom.reason });
    const now = app.clock.now();
    const made: Impersonation = {
      accountId,
      id: app.ids.next(),
      operatorId: actor.userId,
      operatorSessionId: actor.sessionId,
      asUserId: whom.userId,
      reason,
      startedAt: now,
      expiresAt: addMinutes(now, IMPERSONATION_MINUTES),
    };
    await insertImpersonation(tx, made);
    const details = { as_user: whom.userId, expires_at: made.expiresAt.toISOString() };
    const by = { userId: actor.userId, origin, reason };
    await auditAct(app, tx, by, { accountId, action: "impersonation.started", targetId: made.id, details });
    return { account: found, impersonation: made };
  });
  const { token, expiresInSeconds } = await app.tokens.issueImpersonation({
    userId: impersonation.asUserId,
    sessionId: impersonation.id,
    accountId,
    operatorId: actor.userId,
    expiresAt: impersonation.expiresAt.getTime(),
  });
  return {
    impersonation_id: impersonation.id,
    access_token: token,
    token_type: "Bearer" as const,
    expires_in: expiresInSeconds,
    account: { id: accountId, name: account.name, slug: account.slug, role: IMPERSONATION_ROLE } as const,
  };
}

/** Ends it at once, on every process. One that has ended stays as it is. @throws Refusal impersonation_not_found */
export async function endImpersonation(app: Pick<App, "clock" | "ids" | "signals">, tx: Tx, by: Act, id: string): Promise<void> {
  const found = (await lockImpersonation(tx, id)) ?? refuse("impersonation_not_found");
  const now = app.clock.now();
  if (found.endedAt !== null || found.expiresAt <= now) return;
  await markImpersonationEnded(tx, found.accountId, id, now, by.userId);
  await factsChanged(app, tx, `session:${id}`);
  await auditAct(app, tx, by, { accountId: found.accountId, action: "impersonation.ended", targetId: id });
}

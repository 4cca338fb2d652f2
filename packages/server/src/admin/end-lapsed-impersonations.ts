import type { App, Tx } from "../platform/app.ts";
import { auditAll } from "../platform/audit.store.ts";
import { endLapsed } from "./impersonations.store.ts";

/** Ended by one transaction. */
const PAGE = 100;

/**
 * Writes down that an operator's look at an account is over, where nobody ended it: by its time, or because the operator signed out or is
 * none any more, or whom they looked as is gone. Nothing is shut by it, for what is over opens nothing since it is; the account's people read
 * when that was. Two processes at once end each of them once.
 * @returns whether there may be more
 */
export async function endLapsedImpersonations(app: Pick<App, "ids" | "clock">, tx: Tx): Promise<boolean> {
  const ended = await endLapsed(tx, app.clock.now(), PAGE);
  await auditAll(
    app,
    tx,
    ended.map(({ accountId, id, endedAt, expiresAt }) => ({
      accountId,
      actorUserId: null,
      action: "impersonation.ended",
      targetId: id,
      ip: null,
      userAgent: null,
      details: { ended_at: endedAt.toISOString(), why: endedAt < expiresAt ? "not_allowed_any_more" : "expired" },
    })),
  );
  return ended.length === PAGE;
}

import type { App, Tx } from "../platform/app.ts";
import { audit, BY_OPERATOR, type Origin } from "../platform/audit.store.ts";

/** Who does something to what is not theirs, from where, and why. */
export interface Act {
  /** The operator; null: the command line. */
  readonly userId: string | null;
  readonly origin: Origin;
  readonly reason: string;
}

/**
 * Writes what an operator did into the audit of the account that it is about, with the reason.
 * @param accountId null: what it is about is no account's
 */
export function auditAct(
  app: Pick<App, "ids" | "clock">,
  tx: Tx,
  by: Act,
  done: {
    readonly accountId: string | null;
    readonly action: string;
    readonly targetId: string;
    readonly details?: Readonly<Record<string, string | number | boolean | null>>;
  },
): Promise<void> {
  const { accountId, action, targetId, details } = done;
  const who = { ...by.origin, accountId, actorUserId: by.userId };
  return audit(app, tx, { ...who, action, targetId, details: { ...details, reason: by.reason, ...BY_OPERATOR } });
}

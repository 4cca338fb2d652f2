import { refuse } from "../platform/refuse.ts";

/** Of one account at once in this process. */
const AT_ONCE = 2;
const RETRY_AFTER_SECONDS = 30;

export interface ExportTurns {
  /**
   * Takes a turn of the account.
   * @returns what gives it back; more than once is once
   * @throws Refusal rate_limited while the account's other exports run
   */
  take(accountId: string): () => void;
}

/**
 * An export reads everything that an account has. How often is not counted in the database, for reading writes nothing (law 2); instead
 * few run at once, and each goes only as fast as it is read.
 */
export function openExportTurns(): ExportTurns {
  const running = new Map<string, number>();
  return {
    take(accountId) {
      const count = running.get(accountId) ?? 0;
      if (count >= AT_ONCE) refuse("rate_limited", { retryAfterSeconds: RETRY_AFTER_SECONDS });
      running.set(accountId, count + 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (running.get(accountId) ?? 1) - 1;
        if (left === 0) running.delete(accountId);
        else running.set(accountId, left);
      };
    },
  };
}

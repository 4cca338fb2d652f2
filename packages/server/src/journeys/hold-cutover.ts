import { tryHoldCutover } from "../billing/cutover-runs.store.ts";
import type { App } from "../platform/app.ts";

/**
 * Does `work` while no other process can be at a cutover; its batches are transactions of their own.
 *
 * The lock only tells a second process to keep away: that nobody is given to twice rests on the run's row, which each batch locks.
 * @returns null where another process is at it
 */
export function holdCutover<T>(app: Pick<App, "db">, work: () => Promise<T>): Promise<T | null> {
  return app.db.asSystem("a cutover is of all accounts", async (tx) => ((await tryHoldCutover(tx)) ? await work() : null));
}

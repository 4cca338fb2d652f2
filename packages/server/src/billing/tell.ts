import type { App, Tx } from "../platform/app.ts";
import { insertNotices, type NewNotice } from "./notices.store.ts";

/**
 * Has the account's people, or an operator, told of facts, each once however often it is found: the notice and the job of its mail are
 * made together, in the transaction that found it.
 */
export async function tell(app: Pick<App, "jobs" | "clock">, tx: Tx, accountId: string, notices: readonly NewNotice[]): Promise<void> {
  const fresh = await insertNotices(tx, accountId, notices, app.clock.now());
  for (const key of fresh) await app.jobs.enqueue(tx, "mail.billing_notice", { accountId, key });
}

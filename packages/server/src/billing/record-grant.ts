import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import type { App, Tx } from "../platform/app.ts";
import type { StoredGrant } from "./grants.store.ts";

/** Writes a grant that was given or ended into the history, without the reason: it is shown to the customer. What is cached is asked anew. */
export async function recordGrant(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  accountId: string,
  { id, plan, startsAt, until }: Pick<StoredGrant, "id" | "plan" | "startsAt" | "until">,
  cause: string,
): Promise<void> {
  const value = { plan, starts_at: startsAt.toISOString(), until: until?.toISOString() ?? null };
  await recordFact(app, tx, { accountId, kind: "grant", subjectId: id, value, validFrom: app.clock.now(), cause });
  await factsChanged(app, tx, `account:${accountId}`);
}

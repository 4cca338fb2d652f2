import type { App } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import { refuse } from "../platform/refuse.ts";
import { deleteWaitlistEntry } from "./waitlist.store.ts";

/**
 * Takes who has the link off the waitlist, with everything that they told. A ticket that they had lets nobody in any more.
 * @throws Refusal waitlist_entry_not_found
 */
export function leaveWaitlist(app: Pick<App, "db" | "clock" | "ids">, token: string, origin: Origin): Promise<void> {
  return app.db.asSystem("a token of the waitlist says whose it is", async (tx) => {
    const id = (await deleteWaitlistEntry(tx, { leaveHash: hashToken(token) })) ?? refuse("waitlist_entry_not_found");
    await audit(app, tx, { ...origin, accountId: null, actorUserId: null, action: "waitlist.left", targetId: id });
  });
}

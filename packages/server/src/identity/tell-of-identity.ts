import type { App, Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";

/** The owner hears of each change to how one signs in as them (LG-5). */
export const tellOfIdentity = (
  app: Pick<App, "jobs" | "ids" | "clock">,
  tx: Tx,
  userId: string,
  what: "identity_connected" | "identity_removed",
  provider: string,
  origin: Origin,
): Promise<void> =>
  app.jobs.enqueue(tx, `mail.${what}`, {
    userId,
    provider,
    noticeId: app.ids.next(),
    at: app.clock.now().toISOString(),
    ip: origin.ip,
    userAgent: origin.userAgent,
  });

import type { App } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { findOpenRefund, listOpenRefunds, markDuplicateRefunded, type OpenRefund } from "./duplicates.store.ts";

/** Subscriptions too many whose money is still to be paid back, the oldest first (law 4, C5). */
export function openRefunds(app: Pick<App, "db">): Promise<OpenRefund[]> {
  return app.db.asSystem("an operator looks at all accounts", (tx) => listOpenRefunds(tx));
}

/** `not_canceled`: it may still bill, so it stays on the list. */
export type RefundMark = "marked" | "not_canceled" | "unknown";

/** Takes a subscription off the list: an operator has paid the money back at Stripe. It moves no money. */
export function markRefunded(app: Pick<App, "db" | "clock" | "ids">, subscriptionId: string, userAgent: string): Promise<RefundMark> {
  return app.db.asSystem("an operator names a subscription, not an account", async (tx) => {
    const open = await findOpenRefund(tx, subscriptionId);
    if (open === null) return "unknown";
    if (open.canceledAt === null) return "not_canceled";
    await markDuplicateRefunded(tx, open.accountId, subscriptionId, app.clock.now());
    await audit(app, tx, {
      accountId: open.accountId,
      actorUserId: null,
      action: "billing.duplicate_refunded",
      targetId: subscriptionId,
      ip: null,
      userAgent,
    });
    return "marked";
  });
}

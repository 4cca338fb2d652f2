import type { App } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { keepEvents, readPayload } from "./receive-event.ts";
import { reopenEvent } from "./stripe-events.store.ts";

type Parts = Pick<App, "db" | "jobs" | "clock" | "ids" | "stripe">;

/** `reopened`: the ledger had it. `fetched`: Stripe still had it. `unknown`: nobody has. */
export type Replay = "reopened" | "fetched" | "unknown";

/**
 * Has an event done again, by a job (R8): what it points at is read anew, so nothing that was done since is undone.
 * @throws Refusal billing_not_configured | billing_unavailable | billing_failed where the ledger lacks it and Stripe cannot be asked
 */
export async function replayEvent(app: Parts, eventId: string, userAgent: string): Promise<Replay> {
  const record = { accountId: null, actorUserId: null, action: "billing.event_replayed", targetId: eventId, ip: null, userAgent };
  const isReopened = await app.db.asSystem("an operator names an event, not an account", async (tx) => {
    if (!(await reopenEvent(tx, eventId))) return false;
    await app.jobs.enqueue(tx, "stripe.event", { eventId });
    await audit(app, tx, record);
    return true;
  });
  if (isReopened) return "reopened";
  const calls = await app.stripe.calls(JOB_SECONDS);
  const payload = await calls.readEvent(eventId);
  const about = { livemode: app.stripe.livemode, receivedAt: app.clock.now(), origin: "reconciliation" as const };
  const event = payload === null ? null : readPayload(payload, about);
  if (event === null) return "unknown";
  await app.db.asSystem("an operator names an event, not an account", async (tx) => {
    await keepEvents(app, tx, [event]);
    await audit(app, tx, record);
  });
  return "fetched";
}

import type { App } from "../platform/app.ts";
import { audit, BY_OPERATOR, type Origin } from "../platform/audit.store.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { keepEvents, readPayload } from "./receive-event.ts";
import { reopenEvent } from "./stripe-events.store.ts";

type Parts = Pick<App, "db" | "jobs" | "clock" | "ids" | "stripe">;

/** `reopened`: the ledger had it. `fetched`: Stripe still had it. `unknown`: nobody has. */
export type Replay = "reopened" | "fetched" | "unknown";

/** Who wants it, and why. `userId: null` is the command line. */
export interface ReplayWish {
  readonly userId: string | null;
  readonly origin: Origin;
  readonly reason: string | null;
}

/**
 * Has an event done again, by a job (R8): what it points at is read anew, so nothing that was done since is undone.
 * @throws Refusal billing_not_configured | billing_unavailable | billing_failed where the ledger lacks it and Stripe cannot be asked
 */
export async function replayEvent(app: Parts, eventId: string, by: ReplayWish): Promise<Replay> {
  const record = {
    ...by.origin,
    actorUserId: by.userId,
    action: "billing.event_replayed",
    targetId: eventId,
    details: { ...(by.reason === null ? {} : { reason: by.reason }), ...BY_OPERATOR },
  };
  const isReopened = await app.db.asSystem("an operator names an event, not an account", async (tx) => {
    const event = await reopenEvent(tx, eventId);
    if (event === null) return false;
    await app.jobs.enqueue(tx, "stripe.event", { eventId });
    await audit(app, tx, { ...record, accountId: event.accountId });
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
    await audit(app, tx, { ...record, accountId: null });
  });
  return "fetched";
}

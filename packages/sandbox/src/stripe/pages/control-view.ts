import type { StripeEvent } from "../engine-face.ts";
import type { FaultKind } from "../faults.ts";
import type { StripeStandIn } from "../stand-in.ts";
import type { Delivery, DeliveryMode, Webhooks } from "../webhooks-face.ts";
import { textAt } from "./object-fields.ts";

export const DELIVERY_MODES: readonly DeliveryMode["kind"][] = ["prompt", "held", "dropped", "doubled", "shuffled"];
export const AFTER_RETRIES = ["cancel", "unpaid", "past_due", "pause"] as const;

/** How the stand-in is set, as a program reads it. */
export interface ControlView {
  readonly now: string;
  readonly webhooks: {
    readonly url: string | null;
    readonly mode: DeliveryMode["kind"];
    readonly api_version: string;
    /** Held, or waiting for another try; oldest first. */
    readonly pending: readonly { readonly id: string; readonly type: string }[];
  };
  readonly faults: { readonly kind: FaultKind; readonly times_left: number | null };
  readonly after_retries: string;
}

export function readControl({ clock, webhooks, faults, engine }: StripeStandIn): ControlView {
  return {
    now: clock.now().toISOString(),
    webhooks: {
      url: webhooks.url,
      mode: webhooks.mode.kind,
      api_version: webhooks.apiVersion,
      pending: webhooks.pending().map(({ id, type }) => ({ id, type })),
    },
    faults: { kind: faults.current.kind, times_left: faults.current.timesLeft },
    after_retries: engine.settings.afterRetries,
  };
}

export interface EventView {
  readonly id: string;
  readonly type: string;
  /** Unix seconds. */
  readonly created: number;
  /** Of what it tells. */
  readonly object_id: string | null;
  readonly delivery: "delivered" | "held" | "waiting" | "failed" | "not_sent";
  /** Of those still remembered. */
  readonly tries: number;
  readonly last_status: number | null;
}

/** The newest first. */
export function readEvents({ engine, webhooks }: StripeStandIn, most: number): readonly EventView[] {
  const waiting = new Set(webhooks.pending().map(({ id }) => id));
  const tries = new Map<string, Delivery[]>();
  for (const delivery of webhooks.deliveries()) tries.set(delivery.eventId, [...(tries.get(delivery.eventId) ?? []), delivery]);
  return engine
    .events()
    .slice(-most)
    .reverse()
    .map((event) => eventView(event, tries.get(event.id) ?? [], waiting.has(event.id), webhooks.mode));
}

function eventView(event: StripeEvent, tries: readonly Delivery[], waits: boolean, mode: Webhooks["mode"]): EventView {
  const last = tries.at(-1) ?? null;
  const isDelivered = tries.some(({ status }) => status >= 200 && status < 300);
  const undelivered = waits ? (mode.kind === "held" && last === null ? "held" : "waiting") : last === null ? "not_sent" : "failed";
  return {
    id: event.id,
    type: event.type,
    created: event.created,
    object_id: textAt(event.data.object, "id"),
    delivery: isDelivered ? "delivered" : undelivered,
    tries: tries.length,
    last_status: last?.status ?? null,
  };
}

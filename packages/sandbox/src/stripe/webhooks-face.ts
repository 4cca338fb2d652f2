import type { StripeEvent } from "./engine-face.ts";

/** How events come to the endpoint. */
export type DeliveryMode =
  /** Each at once, after the answer of the request that made it. */
  | { readonly kind: "prompt" }
  /** They wait for `release`. */
  | { readonly kind: "held" }
  /** They never come, and count as failed. */
  | { readonly kind: "dropped" }
  /** Each comes twice. */
  | { readonly kind: "doubled" }
  /** Those that are made together come in another order, drawn from the seed. */
  | { readonly kind: "shuffled"; readonly seed?: number };

/** API versions in which snapshots can be rendered, oldest first; the last is the newest. */
export const API_VERSIONS = ["2020-08-27", "2024-06-20", "2025-04-30.basil", "2026-06-24.dahlia", "2026-10-28.endive"] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

export interface Delivery {
  readonly eventId: string;
  /** 0: no answer. */
  readonly status: number;
  /** The clock's time. */
  readonly at: Date;
}

export interface Webhooks {
  /** null: events are kept and listed, and delivered to nobody. */
  readonly url: string | null;
  readonly mode: DeliveryMode;
  readonly apiVersion: ApiVersion;
  sendTo(url: string | null): void;
  setMode(mode: DeliveryMode): void;
  /** The version of snapshots from now on; events that exist stay as they were made. */
  setApiVersion(version: ApiVersion): void;
  /** Events that are held, or wait for another try, oldest first. */
  pending(): readonly StripeEvent[];
  /** Delivers held ones (all, or those named, in the order named) one after another; waits for the answers. */
  release(ids?: readonly string[]): Promise<readonly Delivery[]>;
  /**
   * Delivers one event again, whatever became of it before.
   * @throws Error when there is no such event, or no URL
   */
  deliver(eventId: string, options?: { readonly livemode?: boolean }): Promise<Delivery>;
  /** The `Stripe-Signature` header of a body; without a time, of now by the wall clock. */
  sign(body: string, atWallSeconds?: number): string;
  /** The body that is delivered for an event. */
  body(eventId: string, options?: { readonly livemode?: boolean }): string;
  /** The last 1,000 deliveries, newest last. */
  deliveries(): readonly Delivery[];
}

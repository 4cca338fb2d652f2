import type { Engine } from "./engine-face.ts";
import type { Faults } from "./faults.ts";
import type { Webhooks } from "./webhooks-face.ts";

export interface StripeStandInOptions {
  /** Folder where the state is journalled, so that a kill loses nothing that was answered; null: memory only. */
  readonly home: string | null;
  /** 0: a free one; loopback. */
  readonly port: number;
  /** `now` is the sandbox's clock and Stripe's time; `wall` the world's, of which signatures tell (absent: `now`). */
  readonly clock: { now(): Date; wall?(): Date };
  /** What keys and ids are derived from. */
  readonly secret: string;
  /** Where a browser reaches the hosted pages, without a slash at the end; null: `apiBase` itself serves them. */
  readonly pagesUrl: string | null;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Query or body, decoded to nested objects; every value is a string, as it was sent. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  readonly apiVersion: string | null;
  /** 0: the connection was broken instead of an answer. */
  readonly status: number;
}

/** A Stripe that the official `stripe` package talks to unchanged, by host, port and protocol. */
export interface StripeStandIn {
  /** http://127.0.0.1:NNNNN */
  readonly apiBase: string;
  /** Where a browser reaches the hosted pages, without a slash at the end. */
  readonly pagesUrl: string;
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly engine: Engine;
  readonly webhooks: Webhooks;
  readonly faults: Faults;
  readonly clock: { now(): Date };
  /** Requests answered so far, newest last; the last 20,000. */
  readonly requests: readonly RecordedRequest[];
  /** Runs everything that is due at clock.now() in order of time, delivers what is to be delivered, and waits until each was answered. */
  settle(): Promise<void>;
  /** The next instant at which something happens by itself; null: nothing. */
  nextDueAt(): Date | null;
  stop(): Promise<void>;
}

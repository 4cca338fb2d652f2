import { createHmac } from "node:crypto";
import { nextTry } from "./delivery-plan.ts";
import type { EventLog } from "./event-log.ts";
import { openPoster } from "./post.ts";
import type { Delivery } from "./webhooks-face.ts";

/** An event that the endpoint has not taken. */
export interface Waiting {
  readonly tries: number;
  /** When it was tried first, in unix seconds. */
  readonly since: number;
  /** When it is tried again; null: not by itself. */
  readonly next: number | null;
}

export interface DelivererOptions {
  readonly secret: string;
  readonly log: EventLog;
  readonly clock: { now(): Date; wall?(): Date };
  /** The endpoint has taken it. */
  onDelivered(eventId: string): void;
}

/** Brings one event to the endpoint and remembers what came of it. */
export interface Deliverer {
  readonly waiting: Map<string, Waiting>;
  /** The last 1,000. */
  readonly deliveries: readonly Delivery[];
  body(eventId: string, livemode?: boolean): string;
  sign(body: string, at?: number): string;
  send(url: string, eventId: string, livemode?: boolean): Promise<Delivery>;
  stop(): void;
}

const DELIVERIES_KEPT = 1_000;

export function openDeliverer({ secret, log, clock, onDelivered }: DelivererOptions): Deliverer {
  const poster = openPoster();
  const waiting = new Map<string, Waiting>();
  const deliveries: Delivery[] = [];
  let isStopped = false;
  const body = (id: string, livemode = false): string => {
    const event = log.get(id);
    if (event === undefined) throw new Error(`There is no event ${id}.`);
    return JSON.stringify(livemode ? { ...event, livemode } : event, null, 2);
  };
  // Signatures are of the world's time: the endpoint compares them with its own.
  const sign = (text: string, at = unixSeconds(clock.wall?.() ?? clock.now())): string =>
    `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${text}`).digest("hex")}`;
  const judge = (eventId: string, status: number): void => {
    const before = waiting.get(eventId);
    if (status >= 200 && status < 300) {
      if (waiting.delete(eventId)) onDelivered(eventId);
    } else if (before !== undefined) {
      const now = unixSeconds(clock.now());
      const since = before.tries === 0 ? now : before.since;
      waiting.set(eventId, { tries: before.tries + 1, since, next: nextTry(before.tries + 1, since, now) });
    }
  };
  return {
    waiting,
    deliveries,
    body,
    sign,
    async send(url, eventId, livemode = false) {
      const text = body(eventId, livemode);
      const status = await poster.post(url, text, { ...HEADERS, "stripe-signature": sign(text) });
      const delivery: Delivery = { eventId, status, at: clock.now() };
      deliveries.push(delivery);
      if (deliveries.length > DELIVERIES_KEPT) deliveries.shift();
      if (!isStopped) judge(eventId, status);
      return delivery;
    },
    stop() {
      isStopped = true;
      poster.close();
    },
  };
}

export function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

const HEADERS = {
  accept: "*/*; q=0.5, application/xml",
  "content-type": "application/json; charset=utf-8",
  "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
};

import { createHmac } from "node:crypto";
import { nextTry, shuffled } from "./delivery-plan.ts";
import type { StripeEvent } from "./engine-face.ts";
import type { EventLog } from "./event-log.ts";
import { openPoster } from "./post.ts";
import { API_VERSIONS, type ApiVersion, type Delivery, type DeliveryMode, type Webhooks } from "./webhooks-face.ts";

export const NEWEST_VERSION: ApiVersion = "2026-10-28.endive";

export interface DeliveringWebhooks extends Webhooks {
  /** A new event: it goes out as the mode says, after the present answer. */
  take(event: StripeEvent): void;
  /** Goes on with what was not delivered before a restart. */
  resume(event: StripeEvent): void;
  isDelivered(eventId: string): boolean;
  nextRetryAt(): number | null;
  /** Sends what is to be sent, and what is to be tried again at `now`; waits until each was answered. */
  settle(): Promise<void>;
  stop(): void;
}

export interface WebhookOptions {
  readonly secret: string;
  readonly log: EventLog;
  readonly clock: { now(): Date; wall?(): Date };
  /** The endpoint has taken it. */
  onDelivered(eventId: string): void;
}

interface Waiting {
  readonly tries: number;
  /** Of the first try. */
  readonly since: number;
  /** null: held, or given up. */
  readonly next: number | null;
}

const AT_ONCE = 8;
const DELIVERIES_KEPT = 1_000;

export function openWebhooks(options: WebhookOptions): DeliveringWebhooks {
  const { log, clock } = options;
  const poster = openPoster();
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
  /** Events that the endpoint has not taken. */
  const waiting = new Map<string, Waiting>();
  const deliveries: Delivery[] = [];
  let fresh: string[] = [];
  let outgoing: string[] = [];
  let running = 0;
  const idle: (() => void)[] = [];
  let isFlushing = false;
  let url: string | null = null;
  let mode: DeliveryMode = { kind: "prompt" };
  let apiVersion: ApiVersion = NEWEST_VERSION;
  let isStopped = false;

  const sign = (body: string, at = seconds(clock.wall?.() ?? clock.now())): string =>
    `t=${at},v1=${createHmac("sha256", options.secret).update(`${at}.${body}`).digest("hex")}`;
  const bodyOf = (id: string, livemode = false): string => {
    const event = log.get(id);
    if (event === undefined) throw new Error(`There is no event ${id}.`);
    return JSON.stringify(livemode ? { ...event, livemode } : event, null, 2);
  };
  const send = async (eventId: string, livemode = false): Promise<Delivery> => {
    if (url === null) throw new Error("Events go nowhere: name a URL first (sendTo).");
    const body = bodyOf(eventId, livemode);
    const status = await poster.post(url, body, { ...HEADERS, "stripe-signature": sign(body) });
    const delivery: Delivery = { eventId, status, at: clock.now() };
    deliveries.push(delivery);
    if (deliveries.length > DELIVERIES_KEPT) deliveries.shift();
    if (isStopped) return delivery;
    if (status >= 200 && status < 300) {
      if (waiting.delete(eventId)) options.onDelivered(eventId);
      return delivery;
    }
    const before = waiting.get(eventId);
    if (before !== undefined) {
      const now = seconds(clock.now());
      const tries = before.tries + 1;
      const since = before.tries === 0 ? now : before.since;
      waiting.set(eventId, { tries, since, next: nextTry(tries, since, now) });
    }
    return delivery;
  };
  const pump = (): void => {
    while (running < AT_ONCE) {
      const id = outgoing.shift();
      if (id === undefined) break;
      if (url === null || log.get(id) === undefined) continue;
      running += 1;
      void send(id).finally(() => {
        running -= 1;
        pump();
      });
    }
    if (running === 0 && outgoing.length === 0) for (const wake of idle.splice(0)) wake();
  };
  const flush = (): void => {
    isFlushing = false;
    outgoing.push(...(mode.kind === "shuffled" ? shuffled(fresh, mode.seed ?? 1) : fresh));
    fresh = [];
    pump();
  };
  const queue = (id: string): void => {
    fresh.push(id);
    if (mode.kind === "doubled") fresh.push(id);
    if (isFlushing) return;
    isFlushing = true;
    // After the answer of the request that made it.
    setImmediate(flush);
  };
  const quiet = (): Promise<void> => {
    if (fresh.length > 0) flush();
    return running === 0 && outgoing.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
  };
  return {
    get url() {
      return url;
    },
    get mode() {
      return mode;
    },
    get apiVersion() {
      return apiVersion;
    },
    sendTo: (to) => {
      url = to;
    },
    setMode: (to) => {
      mode = to;
    },
    setApiVersion: (version) => {
      apiVersion = version;
    },
    pending: () => [...waiting.keys()].map((id) => log.get(id)).filter((event) => event !== undefined),
    async release(ids = [...waiting.keys()]) {
      const done: Delivery[] = [];
      for (const id of ids) done.push(await send(id));
      return done;
    },
    deliver: (id, { livemode = false } = {}) => send(id, livemode),
    sign,
    body: (id, { livemode = false } = {}) => bodyOf(id, livemode),
    deliveries: () => deliveries,
    take(event) {
      if (url === null) return;
      waiting.set(event.id, { tries: 0, since: event.created, next: null });
      if (mode.kind !== "held" && mode.kind !== "dropped") queue(event.id);
    },
    resume(event) {
      const now = seconds(clock.now());
      waiting.set(event.id, { tries: 1, since: now, next: now });
    },
    isDelivered: (id) => !waiting.has(id),
    nextRetryAt() {
      let next: number | null = null;
      for (const { next: at } of waiting.values()) if (at !== null && (next === null || at < next)) next = at;
      return next;
    },
    async settle() {
      await quiet();
      const now = seconds(clock.now());
      for (const [id, state] of waiting) {
        if (state.next === null || state.next > now) continue;
        waiting.set(id, { ...state, next: null });
        outgoing.push(id);
      }
      pump();
      await quiet();
    },
    stop() {
      isStopped = true;
      outgoing = [];
      poster.close();
    },
  };
}

const HEADERS = {
  accept: "*/*; q=0.5, application/xml",
  "content-type": "application/json; charset=utf-8",
  "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
};

export function isApiVersion(version: string): version is ApiVersion {
  return API_VERSIONS.some((known) => known === version);
}

import { type Deliverer, type DelivererOptions, openDeliverer, unixSeconds } from "./deliverer.ts";
import { shuffled } from "./delivery-plan.ts";
import type { StripeEvent } from "./engine-face.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import type { ApiVersion, Delivery, DeliveryMode, Webhooks } from "./webhooks-face.ts";

export const NEWEST_VERSION: ApiVersion = "2026-10-28.endive";

export interface DeliveringWebhooks extends Webhooks {
  /** A new event: it goes out as the mode says, after the present answer. */
  take(event: StripeEvent): void;
  /** Goes on with one that was not delivered before a restart. */
  resume(event: StripeEvent): void;
  forget(eventIds: readonly string[]): void;
  isDelivered(eventId: string): boolean;
  nextRetryAt(): number | null;
  /** Sends what is to be sent, and what is to be tried again now; waits until each was answered. */
  settle(): Promise<void>;
  stop(): void;
}

/** Where events go, and how: what a test or the control page sets. */
interface Course {
  url: string | null;
  mode: DeliveryMode;
  apiVersion: ApiVersion;
}

export function openWebhooks(options: DelivererOptions): DeliveringWebhooks {
  const course: Course = { url: null, mode: { kind: "prompt" }, apiVersion: NEWEST_VERSION };
  const deliverer = openDeliverer(options);
  const { log, clock } = options;
  const { waiting } = deliverer;
  const lost = new Set<string>();
  const send = (id: string, livemode = false): Promise<Delivery> => {
    if (course.url === null) throw new Error("Events go nowhere: name a URL first (sendTo).");
    return deliverer.send(course.url, id, livemode);
  };
  const outbox = openOutbox(async (id) => {
    if (course.url !== null && log.get(id) !== undefined) await deliverer.send(course.url, id);
  });
  const fresh = openFresh(outbox, course);
  return {
    get url() {
      return course.url;
    },
    get mode() {
      return course.mode;
    },
    get apiVersion() {
      return course.apiVersion;
    },
    ...setting(course),
    ...asking(deliverer, lost, log),
    async release(ids = [...waiting.keys()]) {
      const done: Delivery[] = [];
      for (const id of ids) done.push(await send(id));
      return done;
    },
    async deliver(id, { livemode = false } = {}) {
      const delivery = await send(id, livemode);
      if (delivery.status >= 200 && delivery.status < 300 && lost.delete(id)) options.onDelivered(id);
      return delivery;
    },
    ...receiving(course, deliverer, lost, fresh, clock),
    async settle() {
      fresh.flush();
      await outbox.quiet();
      outbox.push(takeDue(deliverer, unixSeconds(clock.now())));
      await outbox.quiet();
    },
    stop() {
      outbox.clear();
      deliverer.stop();
    },
  };
}

function receiving(
  course: Course,
  { waiting }: Deliverer,
  lost: Set<string>,
  fresh: { add(id: string): void },
  clock: DelivererOptions["clock"],
): Pick<DeliveringWebhooks, "take" | "resume" | "forget"> {
  return {
    take(event) {
      if (course.url === null) return;
      if (course.mode.kind === "dropped") lost.add(event.id);
      else waiting.set(event.id, { tries: 0, since: event.created, next: null });
      if (course.mode.kind !== "held" && course.mode.kind !== "dropped") fresh.add(event.id);
    },
    resume(event) {
      const now = unixSeconds(clock.now());
      waiting.set(event.id, { tries: 1, since: now, next: now });
    },
    forget(eventIds) {
      for (const id of eventIds) {
        waiting.delete(id);
        lost.delete(id);
      }
    },
  };
}

function setting(course: Course): Pick<Webhooks, "sendTo" | "setMode" | "setApiVersion"> {
  return {
    sendTo: (url) => {
      course.url = url;
    },
    setMode: (mode) => {
      course.mode = mode;
    },
    setApiVersion: (version) => {
      course.apiVersion = version;
    },
  };
}

function asking(
  { waiting, deliveries, body, sign }: Deliverer,
  lost: ReadonlySet<string>,
  log: DelivererOptions["log"],
): Pick<DeliveringWebhooks, "pending" | "deliveries" | "body" | "sign" | "isDelivered" | "nextRetryAt"> {
  return {
    pending: () => [...waiting.keys()].map((id) => log.get(id)).filter((event) => event !== undefined),
    deliveries: () => deliveries,
    body: (id, { livemode = false } = {}) => body(id, livemode),
    sign,
    isDelivered: (id) => !waiting.has(id) && !lost.has(id),
    nextRetryAt() {
      let next: number | null = null;
      for (const { next: at } of waiting.values()) if (at !== null && (next === null || at < next)) next = at;
      return next;
    },
  };
}

/** The events whose time has come again. */
function takeDue({ waiting }: Deliverer, now: number): string[] {
  const due = [...waiting].filter(([, { next }]) => next !== null && next <= now);
  for (const [id, state] of due) waiting.set(id, { ...state, next: null });
  return due.map(([id]) => id);
}

/** Events that were made just now: they go out after the answer of the request that made them. */
function openFresh(outbox: Outbox, course: Course): { add(id: string): void; flush(): void } {
  let ids: string[] = [];
  let isPlanned = false;
  const flush = (): void => {
    const { mode } = course;
    outbox.push(mode.kind === "shuffled" ? shuffled(ids, mode.seed ?? 1) : ids);
    ids = [];
  };
  return {
    add(id) {
      ids.push(id);
      if (course.mode.kind === "doubled") ids.push(id);
      if (isPlanned) return;
      isPlanned = true;
      setImmediate(() => {
        isPlanned = false;
        flush();
      });
    },
    flush,
  };
}

import { DAY } from "./calendar.ts";
import { type DueQueue, openDueQueue } from "./due-queue.ts";
import type { EngineSettings, StripeEvent, StripeObject } from "./engine-face.ts";
import { type EventLog, openEventLog } from "./event-log.ts";
import type { HostedUrls } from "./hosted-urls.ts";
import { dueAt, runDue } from "./life/due-work.ts";
import { openMint } from "./mint.ts";
import { openState, type State } from "./state.ts";
import type { Kept } from "./table.ts";
import type { World } from "./world.ts";

/** What a change was made of, in its order: what the journal writes down. */
export type Change =
  | { readonly kind: "put"; readonly table: string; readonly object: Kept }
  | { readonly kind: "remove"; readonly table: string; readonly id: string }
  | { readonly kind: "event"; readonly event: StripeEvent }
  | { readonly kind: "delivered"; readonly id: string };

export interface Cause {
  readonly id: string | null;
  readonly idempotency_key: string | null;
}

export interface EngineCore {
  readonly world: World;
  readonly log: EventLog;
  /** Runs what is due until now, and then one change; its events say the cause. */
  transact<T>(change: () => T, cause?: Cause): T;
  advanceTo(unixSeconds: number): void;
  /** Runs what falls due for the customers of a test clock, and sets the clock. */
  advanceClock(clockId: string, unixSeconds: number): void;
  nextDueAt(): number | null;
  /** The endpoint has taken the event. */
  markDelivered(eventId: string): void;
  onEvent(listener: (event: StripeEvent) => void): () => void;
  /** Enters what was read from a journal: nothing is told or written for it. Gives how many ids were made before. */
  restore(enter: (state: State, log: EventLog) => number): void;
}

export interface EngineCoreOptions {
  readonly clock: { now(): Date };
  readonly secret: string;
  readonly urls: HostedUrls;
  readonly settings: EngineSettings;
  /** Event shapes of an older API version; the identity for the newest. */
  render(object: StripeObject, type: unknown): { readonly object: StripeObject; readonly apiVersion: string };
  /** How many endpoints are to be told. */
  endpoints(): number;
  /** The end of a change, with all that it was made of; before anybody is answered. */
  onChanges(changes: readonly Change[], minted: number): void;
}

const EVENT_DAYS = 30;
/** The time of all who have no test clock. */
const COMMON = "";

export function openEngineCore(options: EngineCoreOptions): EngineCore {
  const log = openEventLog();
  const mint = openMint(options.secret);
  const queues = new Map<string, DueQueue>();
  const instants = new Map<string, number>();
  const listeners = new Set<(event: StripeEvent) => void>();
  let changes: Change[] = [];
  let depth = 0;
  let isRestoring = false;
  let reached = 0;
  let cause: Cause = NOBODY;

  const queueOf = (timeline: string): DueQueue => {
    const queue = queues.get(timeline) ?? openDueQueue();
    queues.set(timeline, queue);
    return queue;
  };
  const state: State = openState({
    onPut: (table, object) => {
      if (!isRestoring) changes.push({ kind: "put", table, object });
      const { id } = object;
      if (SCHEDULED.has(table)) queueOf(timelineOf(id)).schedule(id, dueAt(world, id));
    },
    onRemove: (table, id) => {
      if (!isRestoring) changes.push({ kind: "remove", table, id });
    },
  });
  const timelineOf = (id: string): string => {
    const object = state.subscription.get(id) ?? state.invoice.get(id);
    if (object !== undefined) return object.test_clock ?? COMMON;
    const customer = state["checkout.session"].get(id)?.customer ?? null;
    return (customer === null ? undefined : state.customer.get(customer))?.test_clock ?? COMMON;
  };
  const timeAt = (timeline: string): number => {
    const running = instants.get(timeline);
    if (running !== undefined) return running;
    if (timeline !== COMMON) return state["test_helpers.test_clock"].get(timeline)?.frozen_time ?? reached;
    reached = Math.max(reached, Math.floor(options.clock.now().getTime() / 1000));
    return reached;
  };
  const timeOf = ({ customer, test_clock: clock }: StripeObject): number =>
    typeof clock === "string" ? timeAt(clock) : world.now(typeof customer === "string" ? customer : null);
  const world: World = {
    state,
    settings: options.settings,
    urls: options.urls,
    mint,
    now: (customerId) => timeAt((customerId == null ? undefined : state.customer.get(customerId))?.test_clock ?? COMMON),
    emit: (type, object, previous) => {
      const rendered = options.render(object, object["object"]);
      const event: StripeEvent = {
        id: mint.id("evt_"),
        object: "event",
        api_version: rendered.apiVersion,
        created: timeOf(object),
        data:
          previous === undefined
            ? { object: rendered.object }
            : { object: rendered.object, previous_attributes: options.render(previous, object["object"]).object },
        livemode: false,
        pending_webhooks: options.endpoints(),
        request: cause,
        type,
      };
      log.append(event);
      changes.push({ kind: "event", event });
      for (const listener of listeners) listener(event);
      return event;
    },
  };
  const run = (timeline: string, until: number): void => {
    const queue = queueOf(timeline);
    try {
      for (let due = queue.peek(); due !== null && due.at <= until; due = queue.peek()) {
        queue.take();
        instants.set(timeline, due.at);
        runDue(world, due.id);
      }
    } finally {
      instants.delete(timeline);
    }
  };
  const finish = (): void => {
    const [done, minted] = [changes, mint.counter];
    changes = [];
    if (done.length > 0) options.onChanges(done, minted);
    log.dropBefore(timeAt(COMMON) - EVENT_DAYS * DAY);
  };
  const within = <T>(work: () => T): T => {
    depth += 1;
    try {
      return work();
    } finally {
      depth -= 1;
      if (depth === 0) finish();
    }
  };
  return {
    world,
    log,
    transact: (change, by = NOBODY) =>
      within(() => {
        cause = NOBODY;
        run(COMMON, timeAt(COMMON));
        cause = by;
        try {
          return change();
        } finally {
          cause = NOBODY;
        }
      }),
    advanceTo: (unixSeconds) =>
      within(() => {
        run(COMMON, unixSeconds);
        reached = Math.max(reached, unixSeconds);
      }),
    advanceClock: (clockId, unixSeconds) => within(() => run(clockId, unixSeconds)),
    nextDueAt: () => queueOf(COMMON).peek()?.at ?? null,
    markDelivered: (eventId) =>
      within(() => {
        const event = log.get(eventId);
        if (event === undefined) return;
        log.replace({ ...event, pending_webhooks: 0 });
        changes.push({ kind: "delivered", id: eventId });
      }),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    restore(enter) {
      isRestoring = true;
      mint.skipTo(enter(state, log));
      isRestoring = false;
    },
  };
}

const NOBODY: Cause = { id: null, idempotency_key: null };
const SCHEDULED: ReadonlySet<string> = new Set(["subscription", "subscription_note", "invoice", "checkout.session"]);

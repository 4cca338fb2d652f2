import { DAY } from "./calendar.ts";
import type { EngineSettings, StripeEvent, StripeObject } from "./engine-face.ts";
import { type EventLog, openEventLog } from "./event-log.ts";
import type { HostedUrls } from "./hosted-urls.ts";
import { dueAt, runDue } from "./life/due-work.ts";
import { openMint } from "./mint.ts";
import { type Change, openRecorder, type Recorder } from "./recorder.ts";
import { openState, type State } from "./state.ts";
import { COMMON, openTimelines, type Timelines } from "./timelines.ts";
import type { World } from "./world.ts";

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
  /** Runs what falls due for the customers of a test clock; the clock itself is left to the caller. */
  advanceClock(clockId: string, unixSeconds: number): void;
  nextDueAt(): number | null;
  /** The endpoint has taken the event. */
  markDelivered(eventId: string): void;
  onEvent(listener: (event: StripeEvent) => void): () => void;
  /** Enters what was read from a journal: nothing is told or written for it. */
  restore(enter: (state: State, log: EventLog) => void): void;
}

export interface EngineCoreOptions {
  readonly clock: { now(): Date };
  readonly secret: string;
  readonly urls: HostedUrls;
  readonly settings: EngineSettings;
  /** How the endpoint's API version shows an object of a type, or a part of one. */
  render(object: StripeObject, type: unknown): { readonly object: StripeObject; readonly apiVersion: string };
  /** How many endpoints are to be told. */
  endpoints(): number;
  /** The end of a change, with all that it was made of; before anybody is answered. */
  onChanges(changes: readonly Change[], minted: number): void;
  /** Events that are older than 30 days are gone. */
  onForgotten(eventIds: readonly string[]): void;
}

const EVENT_DAYS = 30;
const NOBODY: Cause = { id: null, idempotency_key: null };
/** Tables whose objects do something by themselves. */
const SCHEDULED: ReadonlySet<string> = new Set(["subscription", "subscription_note", "invoice", "checkout.session"]);

export function openEngineCore(options: EngineCoreOptions): EngineCore {
  const log = openEventLog();
  const mint = openMint(options.secret);
  const recorder = openRecorder((changes) => options.onChanges(changes, mint.used));
  const listeners = new Set<(event: StripeEvent) => void>();
  const by = { cause: NOBODY };
  const timelines = openTimelines({
    clock: options.clock,
    frozenTime: (clockId) => state["test_helpers.test_clock"].get(clockId)?.frozen_time,
    work: (id) => runDue(world, id),
  });
  const state: State = recordedState(recorder, (id) => timelines.schedule(timelineOf(state, id), id, dueAt(world, id)));
  const world: World = {
    state,
    settings: options.settings,
    urls: options.urls,
    mint,
    now: (customerId) => timelines.now(customerId == null ? COMMON : clockOfCustomer(state, customerId)),
    emit(type, object, previous) {
      const created = timelines.now(timelineOfObject(state, object));
      const event = eventOf(options, { id: mint.id("evt_"), type, object, previous, created, cause: by.cause });
      log.append(event);
      recorder.note({ kind: "event", event });
      for (const listener of listeners) listener(event);
      return event;
    },
  };
  return {
    world,
    log,
    ...changing(recorder, timelines, log, by, options),
    nextDueAt: timelines.next,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    restore: (enter) => recorder.silently(() => enter(state, log)),
  };
}

/** Ways in which something changes: asked for, or due. */
function changing(
  recorder: Recorder,
  timelines: Timelines,
  log: EventLog,
  by: { cause: Cause },
  options: EngineCoreOptions,
): Pick<EngineCore, "transact" | "advanceTo" | "advanceClock" | "markDelivered"> {
  const catchUp = (until: number): void => {
    timelines.run(COMMON, until);
    const forgotten = log.dropBefore(until - EVENT_DAYS * DAY);
    if (forgotten.length > 0) options.onForgotten(forgotten);
  };
  return {
    transact: (change, cause = NOBODY) =>
      recorder.within(() => {
        catchUp(timelines.now(COMMON));
        by.cause = cause;
        try {
          return change();
        } finally {
          by.cause = NOBODY;
        }
      }),
    advanceTo: (unixSeconds) =>
      recorder.within(() => {
        catchUp(unixSeconds);
        timelines.reach(unixSeconds);
      }),
    advanceClock: (clockId, unixSeconds) => recorder.within(() => timelines.run(clockId, unixSeconds)),
    markDelivered: (eventId) =>
      recorder.within(() => {
        const event = log.get(eventId);
        if (event === undefined) return;
        log.replace({ ...event, pending_webhooks: 0 });
        recorder.note({ kind: "delivered", id: eventId });
      }),
  };
}

function recordedState(recorder: Recorder, schedule: (id: string) => void): State {
  return openState({
    onPut(table, object) {
      recorder.note({ kind: "put", table, object });
      if (SCHEDULED.has(table)) schedule(object.id);
    },
    onRemove: (table, id) => recorder.note({ kind: "remove", table, id }),
  });
}

interface Happening {
  readonly id: string;
  readonly type: string;
  readonly object: StripeObject;
  readonly previous: StripeObject | undefined;
  readonly created: number;
  readonly cause: Cause;
}

function eventOf(options: EngineCoreOptions, { id, type, object, previous, created, cause }: Happening): StripeEvent {
  const kind = object["object"];
  const shown = options.render(object, kind);
  const before = previous === undefined ? {} : { previous_attributes: options.render(previous, kind).object };
  return {
    id,
    object: "event",
    api_version: shown.apiVersion,
    created,
    data: { object: shown.object, ...before },
    livemode: false,
    pending_webhooks: options.endpoints(),
    request: cause,
    type,
  };
}

function clockOfCustomer(state: State, customerId: string): string {
  return state.customer.get(customerId)?.test_clock ?? COMMON;
}

/** By whose time a scheduled object lives. */
function timelineOf(state: State, id: string): string {
  const object = state.subscription.get(id) ?? state.invoice.get(id);
  if (object !== undefined) return object.test_clock ?? COMMON;
  const customer = state["checkout.session"].get(id)?.customer ?? null;
  return customer === null ? COMMON : clockOfCustomer(state, customer);
}

function timelineOfObject(state: State, { customer, test_clock: clock }: StripeObject): string {
  if (typeof clock === "string") return clock;
  return typeof customer === "string" ? clockOfCustomer(state, customer) : COMMON;
}

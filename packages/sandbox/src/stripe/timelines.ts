import { type DueQueue, openDueQueue } from "./due-queue.ts";

/** The time of all customers without a test clock. */
export const COMMON = "";

/** What is due when, on the common time and on that of each test clock. */
export interface Timelines {
  /** Unix seconds: while due work runs, the instant for which it was due. */
  now(timeline: string): number;
  schedule(timeline: string, id: string, at: number | null): void;
  /** Does what is due until then, in order of time; of one instant, in the order in which it was entered. */
  run(timeline: string, until: number): void;
  next(): number | null;
  /** The common time is at least this from now on. */
  reach(unixSeconds: number): void;
}

export interface TimelinesOptions {
  readonly clock: { now(): Date };
  /** Where a test clock stands. */
  frozenTime(clockId: string): number | undefined;
  work(id: string): void;
}

export function openTimelines({ clock, frozenTime, work }: TimelinesOptions): Timelines {
  const queues = new Map<string, DueQueue>();
  const instants = new Map<string, number>();
  let reached = 0;
  const queueOf = (timeline: string): DueQueue => {
    let queue = queues.get(timeline);
    if (queue === undefined) {
      queue = openDueQueue();
      queues.set(timeline, queue);
    }
    return queue;
  };
  const common = (): number => {
    reached = Math.max(reached, Math.floor(clock.now().getTime() / 1000));
    return reached;
  };
  return {
    now: (timeline) => instants.get(timeline) ?? (timeline === COMMON ? common() : (frozenTime(timeline) ?? common())),
    schedule: (timeline, id, at) => queueOf(timeline).schedule(id, at),
    run(timeline, until) {
      const queue = queueOf(timeline);
      try {
        for (let due = queue.peek(); due !== null && due.at <= until; due = queue.peek()) {
          queue.take();
          instants.set(timeline, due.at);
          work(due.id);
        }
      } finally {
        instants.delete(timeline);
      }
    },
    next: () => queueOf(COMMON).peek()?.at ?? null,
    reach: (unixSeconds) => {
      reached = Math.max(reached, unixSeconds);
    },
  };
}

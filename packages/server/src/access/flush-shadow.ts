import type { App } from "../platform/app.ts";
import { addRefusals } from "./guard-refusals.store.ts";
import type { Shadow } from "./shadow.ts";

type Parts = Pick<App, "db" | "log">;

/** Adds what guards in shadow counted to what is stored. What cannot be stored now is kept for the next time. */
export async function flushShadow(app: Parts, shadow: Shadow): Promise<void> {
  const { counts, dropped } = shadow.take();
  if (dropped > 0) app.log.warn({ dropped }, "guards in shadow had no room for some refusals, which are not counted");
  if (counts.length === 0) return;
  try {
    await app.db.asSystem("guards in shadow counted over many accounts", (tx) => addRefusals(tx, counts));
  } catch (error) {
    shadow.giveBack(counts);
    app.log.warn({ err: error }, "what guards in shadow counted could not be stored; the next flush tries again");
  }
}

const EVERY_MILLISECONDS = 60_000;

/** Flushes every minute, each process for itself. @returns how to stop; it flushes once more */
export function startFlushing(app: Parts, shadow: Shadow, everyMilliseconds = EVERY_MILLISECONDS): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    underWay = flushShadow(app, shadow);
  }, everyMilliseconds);
  return async () => {
    clearInterval(timer);
    await underWay;
    await flushShadow(app, shadow);
  };
}

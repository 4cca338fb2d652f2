import { expect, test } from "vitest";
import { coalesce } from "./coalesce.ts";

class Away extends Error {}

/** Runs that end when the test lets them, so that what meets does so for certain. */
function heldRuns(options: { batchMax?: number; runsAtOnce?: number; fails?: (batch: readonly string[]) => unknown } = {}) {
  const batches: string[][] = [];
  const held: (() => void)[] = [];
  const add = coalesce<string>({
    batchMax: options.batchMax ?? 50,
    runsAtOnce: options.runsAtOnce ?? 1,
    isFaultOfNone: (error) => error instanceof Away,
    async run(batch) {
      batches.push([...batch]);
      await new Promise<void>((resolve) => held.push(resolve));
      const error = options.fails?.(batch);
      if (error !== undefined) throw error;
    },
  });
  return {
    batches,
    add,
    /** Lets each run end as it comes, until nothing is left. */
    async letGo<T>(all: Promise<T>): Promise<T> {
      let isDone = false;
      const done = all.finally(() => {
        isDone = true;
      });
      done.catch(() => undefined);
      while (!isDone) {
        held.shift()?.();
        await Promise.resolve();
      }
      return done;
    },
  };
}
const say = (outcomes: readonly PromiseSettledResult<void>[]) =>
  outcomes.map((outcome) => (outcome.status === "fulfilled" ? "done" : String(outcome.reason.message)));

test("the first of a quiet time waits for nobody, and what comes meanwhile goes together", async () => {
  const { add, batches, letGo } = heldRuns();
  const all = ["a", "b", "c", "d"].map(add);
  expect(batches).toEqual([["a"]]);
  await letGo(Promise.all(all));
  expect(batches).toEqual([["a"], ["b", "c", "d"]]);
  await letGo(add("e"));
  expect(batches).toEqual([["a"], ["b", "c", "d"], ["e"]]);
});

test("no run takes more than its share, and the order is that of arrival", async () => {
  const { add, batches, letGo } = heldRuns({ batchMax: 3 });
  await letGo(Promise.all(["a", "b", "c", "d", "e", "f"].map(add)));
  expect(batches).toEqual([["a"], ["b", "c", "d"], ["e", "f"]]);
});

test("as many runs as are allowed go at once, and no more", async () => {
  const { add, batches, letGo } = heldRuns({ runsAtOnce: 2 });
  const all = ["a", "b", "c", "d"].map(add);
  expect(batches).toEqual([["a"], ["b"]]);
  await letGo(Promise.all(all));
  expect(batches).toEqual([["a"], ["b"], ["c", "d"]]);
});

test("one bad item fails alone: the others of its run are done", async () => {
  const fails = (batch: readonly string[]) => (batch.includes("bad") ? new Error("bad one") : undefined);
  const { add, batches, letGo } = heldRuns({ fails });
  expect(say(await letGo(Promise.allSettled(["a", "b", "bad", "c"].map(add))))).toEqual(["done", "done", "bad one", "done"]);
  expect(batches).toEqual([["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]);
});

test("what is the fault of none fails all at once, and is not tried one by one", async () => {
  const { add, batches, letGo } = heldRuns({ fails: () => new Away("away") });
  expect(say(await letGo(Promise.allSettled(["a", "b", "c"].map(add))))).toEqual(["away", "away", "away"]);
  expect(batches).toEqual([["a"], ["b", "c"]]);
});

test("where it goes away while each is tried, the rest is told at once", async () => {
  const fails = (batch: readonly string[]) => (batch.length > 1 ? new Error("bad one") : batch[0] === "c" ? new Away("away") : undefined);
  const { add, batches, letGo } = heldRuns({ fails });
  expect(say(await letGo(Promise.allSettled(["a", "b", "c", "d"].map(add))))).toEqual(["done", "done", "away", "away"]);
  expect(batches).toEqual([["a"], ["b", "c", "d"], ["b"], ["c"]]);
});

test("a failure stops nothing: what comes later is done", async () => {
  const { add, letGo } = heldRuns({ fails: ([first]) => (first === "bad" ? new Error("bad one") : undefined) });
  expect(say(await letGo(Promise.allSettled([add("bad")])))).toEqual(["bad one"]);
  await letGo(add("a"));
});

test("nothing that is thrown is taken for success, not even nothing", async () => {
  const add = coalesce<string>({ batchMax: 1, runsAtOnce: 1, isFaultOfNone: () => false, run: () => Promise.reject() });
  await expect(add("a")).rejects.toBe(undefined);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { openDueQueue } from "./due-queue.ts";

test("what is due comes in order of time, and of one time in the order of entry", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.option(fc.integer({ min: 0, max: 9 })))), (moves) => {
      const queue = openDueQueue();
      const model = new Map<string, { at: number; order: number }>();
      for (const [order, [id, at]] of moves.entries()) {
        const before = model.get(String(id));
        queue.schedule(String(id), at);
        if (at === null) model.delete(String(id));
        else if (before?.at !== at) model.set(String(id), { at, order });
      }
      const expected = [...model].sort(([, left], [, right]) => left.at - right.at || left.order - right.order).map(([id]) => id);
      const taken: string[] = [];
      for (let due = queue.take(); due !== null; due = queue.take()) taken.push(due.id);
      expect(taken).toEqual(expected);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { openTaggedEntries } from "./tagged-entries.ts";

test("an entry is found by its key until one of its tags is removed", () => {
  const entries = openTaggedEntries<string>(10);
  entries.set("a", "first", ["account:1", "user:1"]);
  entries.set("b", "second", ["account:1", "user:2"]);
  entries.removeTagged("user:1");
  expect([entries.get("a"), entries.get("b"), entries.size]).toEqual([undefined, "second", 1]);
  entries.removeTagged("account:1");
  expect(entries.size).toBe(0);
});

test("an entry that takes another's place has its own tags and not the other's", () => {
  const entries = openTaggedEntries<string>(10);
  entries.set("a", "first", ["user:1"]);
  entries.set("a", "second", ["user:2"]);
  entries.removeTagged("user:1");
  expect(entries.get("a")).toBe("second");
});

test("a flood of keys leave no more than there is room for, and the newest are kept", () => {
  const entries = openTaggedEntries<number>(1000);
  for (let count = 0; count < 200_000; count += 1) entries.set(`session-${count}`, count, [`session:${count}`, `account:${count % 7}`]);
  expect(entries.size).toBe(1000);
  expect(entries.get("session-199999")).toBe(199_999);
  expect(entries.get("session-198999")).toBeUndefined();
});

test("whatever is set, removed and cleared, in any order, it is a map that forgets the oldest", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e");
  const tag = fc.constantFrom("1", "2", "3");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), key, tags: fc.uniqueArray(tag) }),
    fc.record({ kind: fc.constant("remove" as const), tag }),
    fc.record({ kind: fc.constant("clear" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const entries = openTaggedEntries<number>(3);
      let model: { key: string; value: number; tags: string[] }[] = [];
      for (const [value, action] of steps.entries()) {
        if (action.kind === "clear") {
          entries.clear();
          model = [];
        } else if (action.kind === "remove") {
          entries.removeTagged(action.tag);
          model = model.filter((entry) => !entry.tags.includes(action.tag));
        } else {
          entries.set(action.key, value, action.tags);
          model = [...model.filter((entry) => entry.key !== action.key), { key: action.key, value, tags: action.tags }].slice(-3);
        }
        expect(["a", "b", "c", "d", "e"].map((name) => entries.get(name))).toEqual(
          ["a", "b", "c", "d", "e"].map((name) => model.find((entry) => entry.key === name)?.value),
        );
        expect(entries.size).toBe(model.length);
      }
    }),
  );
});

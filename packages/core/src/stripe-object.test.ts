import { expect, test } from "vitest";
import { asId, asInstant, asList, asNumber, asObject, asText } from "./stripe-object.ts";

const SECOND = 1_767_225_600;

test.each<[string, unknown, Date | null]>([
  ["whole seconds", SECOND, new Date("2026-01-01T00:00:00.000Z")],
  ["the first second that is one", 1, new Date(1000)],
  ["the last second of the year 9999", 253_402_300_799, new Date("9999-12-31T23:59:59.000Z")],
  ["one second more", 253_402_300_800, null],
  ["milliseconds that somebody took for seconds", SECOND * 1000, null],
  ["a zero: nobody ends in 1970", 0, null],
  ["a moment after zero, which would become it", 1e-9, null],
  ["a time before 1970", -1, null],
  ["not a number", Number.NaN, null],
  ["endless", Number.POSITIVE_INFINITY, null],
  ["a number in a text", String(SECOND), null],
  ["a date in a text", "2026-01-01T00:00:00.000Z", null],
  ["nothing", null, null],
  ["an absent key", undefined, null],
])("an instant is a Date that holds, or none: %s", (_, value, expected) => expect(asInstant(value)).toEqual(expected));

test.each<[string, unknown, string | null]>([
  ["an id", "sub_1", "sub_1"],
  ["the object, where it was expanded", { id: "sub_1", object: "subscription" }, "sub_1"],
  ["an object without an id", { object: "subscription" }, null],
  ["an id that is none", { id: 7 }, null],
  ["an empty text", "", null],
  ["a list", ["sub_1"], null],
  ["nothing", null, null],
])("a reference is its id, expanded or not: %s", (_, value, expected) => expect(asId(value)).toBe(expected));

test.each<[string, unknown, unknown]>([
  ["a list of Stripe", { object: "list", data: [{ id: "a" }, { id: "b" }] }, [{ id: "a" }, { id: "b" }]],
  ["a plain array", [{ id: "a" }], [{ id: "a" }]],
  ["what is no object in it", [null, 1, "a", [], { id: "a" }], [{ id: "a" }]],
  ["a list without data", { object: "list" }, []],
  ["data of another kind", { data: "a" }, []],
  ["nothing", null, []],
])("a list is the objects in it: %s", (_, value, expected) => expect(asList(value)).toEqual(expected));

test.each<[unknown, unknown, unknown, unknown]>([
  [{ a: 1 }, { a: 1 }, null, null],
  [[], null, null, null],
  [null, null, null, null],
  ["a", null, "a", null],
  ["", null, null, null],
  [0, null, null, 0],
  [-1.5, null, null, -1.5],
  [Number.NaN, null, null, null],
  [Number.NEGATIVE_INFINITY, null, null, null],
  [true, null, null, null],
])("%j is the object %j, the text %j, the number %j", (value, object, text, number) => {
  expect([asObject(value), asText(value), asNumber(value)]).toEqual([object, text, number]);
});

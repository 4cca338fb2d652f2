import { expect, test } from "vitest";
import { quantile, ratioOf, spreadOf } from "./statistics.ts";

test("the median of an even number of values lies between the two in the middle", () => expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5));
test("the ends are values that were measured", () => expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 }));
test("a single value is its own spread", () => expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 }));
test("nothing has no median", () => expect(() => quantile([], 0.5)).toThrow(RangeError));
test("a ratio is taken within a round, so that a slow round does not shift it", () =>
  expect(ratioOf([50, 5, 50], [100, 10, 100])).toEqual({ median: 0.5, min: 0.5, max: 0.5 }));
test("a ratio of unequal rounds is refused", () => expect(() => ratioOf([1], [1, 2])).toThrow(RangeError));

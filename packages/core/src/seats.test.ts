import fc from "fast-check";
import { expect, test } from "vitest";
import { freeSeats, seatLimit } from "./seats.ts";

test.each<[string, number | null, number | null, number | null]>([
  ["as many as the plan gives", 5, null, 5],
  ["a plan without a limit has none", null, null, null],
  ["an account without a plan has no seat", 0, null, 0],
  ["as many as are paid for, where a plan gives fewer", 5, 8, 8],
  ["as many as are paid for, where a plan gives more", 5, 2, 2],
  ["as many as are paid for, where the plan has no limit", null, 3, 3],
  ["none is paid for", 5, 0, 0],
])("seats: %s", (_, planLimit, bought, expected) => expect(seatLimit(planLimit, bought)).toBe(expected));

test.each<[string, number | null, number, number | null]>([
  ["all of them in an empty account", 5, 0, 5],
  ["one is left", 5, 4, 1],
  ["none is left", 5, 5, 0],
  ["none is left where more are taken than there are by now", 5, 9, 0],
  ["no limit is no limit", null, 1_000_000, null],
])("seats that are left: %s", (_, limit, used, expected) => expect(freeSeats(limit, used)).toBe(expected));

test("who takes no more than what is left never takes more than there are", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (limit, used) => {
      const left = freeSeats(limit, used) ?? Number.POSITIVE_INFINITY;
      expect(left).toBeGreaterThanOrEqual(0);
      expect(used + left).toBeLessThanOrEqual(Math.max(limit, used));
    }),
  );
});

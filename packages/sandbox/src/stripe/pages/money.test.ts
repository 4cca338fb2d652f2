import { expect, test } from "vitest";
import { money, perInterval } from "./money.ts";

test.each<[number, string, string]>([
  [4_900, "usd", "$49.00"],
  [14_700_000, "eur", "€147,000.00"],
  [0, "usd", "$0.00"],
  [-1_250, "usd", "-$12.50"],
  [500, "jpy", "¥500"],
  [1_250, "kwd", "KWD 1.250"],
  [12_300, "isk", "ISK 123.00"],
  [100, "bitcoin", "1.00 bitcoin"],
])("%d in %s is shown as %s", (minor, currency, shown) => {
  expect(money(minor, currency).replaceAll("\u00a0", " ")).toBe(shown);
});

test("an interval is told as people say it", () => {
  expect([perInterval("month", 1), perInterval("month", 3), perInterval("year", 1)]).toEqual(["per month", "every 3 months", "per year"]);
});

import { whyNotCatalogue } from "@gatehouse/core";
import { expect, test } from "vitest";
import { catalogue } from "./plans.ts";

test("the catalogue is sound", () => expect(whyNotCatalogue(catalogue)).toEqual([]));

test("a dearer plan never gives less", () => {
  const ranked = [...catalogue.plans].sort((one, other) => one.order - other.order);
  const room = (limit: number | null | undefined) => limit ?? Number.POSITIVE_INFINITY;
  ranked.slice(1).forEach((plan, index) => {
    for (const [key, limit] of Object.entries(plan.limits)) {
      expect(room(limit), `${plan.key} ${key}`).toBeGreaterThanOrEqual(room(ranked[index]?.limits[key]));
    }
  });
});

test("a free account converts three articles in its life", () => {
  expect(catalogue.plans.find((plan) => plan.key === "free")?.limits["kb_conversions_lifetime"]).toBe(3);
});

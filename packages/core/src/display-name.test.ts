import fc from "fast-check";
import { expect, test } from "vitest";
import { displayName } from "./display-name.ts";

test.each<[unknown, string]>([
  ["Ada Lovelace", "Ada Lovelace"],
  ["  Ada \r\n Lovelace\u0000 ", "Ada Lovelace"],
  ["Ada\u202eevil", "Ada evil"],
  ["", "ada.l"],
  [undefined, "ada.l"],
  [["Ada"], "ada.l"],
  ["x".repeat(10_000), "x".repeat(120)],
])("%j becomes %j", (told, name) => expect(displayName(told, "ada.l@example.com")).toBe(name));

test("whatever a provider tells, a name is one line of 1 to 120 characters", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.anything()), (told) => {
      const name = displayName(told, "@");
      expect(name).toMatch(/^\P{C}{1,120}$/u);
      expect(name.length).toBeLessThanOrEqual(120);
    }),
  );
});

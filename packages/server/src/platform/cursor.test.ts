import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorAfter, idOfCursor } from "./cursor.ts";

const uuidV7 = fc.uuid({ version: 7 });

test("a cursor leads back to where the page ended", () => {
  fc.assert(fc.property(uuidV7, (id) => void expect(idOfCursor(cursorAfter(id))).toBe(id)));
});

test("no id is to be read in a cursor, and it needs no escaping in an address", () => {
  fc.assert(fc.property(uuidV7, (id) => void expect(cursorAfter(id)).toMatch(/^[A-Za-z0-9_-]{22}$/)));
});

const cursor = cursorAfter("0193584e-8f00-7abc-9def-0123456789ab");
test.each([
  ["nothing", ""],
  ["one character less", cursor.slice(0, -1)],
  ["one character more", `${cursor}A`],
  ["padding", `${cursor}==`],
  ["a space", ` ${cursor}`],
  ["the other base64 alphabet", cursor.replace(/.$/, "+")],
  ["spare bits that we leave at zero", cursor.replace(/.$/, "x")],
  ["an id as it is", "0193584e-8f00-7abc-9def-0123456789ab"],
  ["an id that is not of ours", Buffer.from("9f1c7f2e3b4d4c5a8e6f0123456789ab", "hex").toString("base64url")],
  ["a NUL", "\u0000".repeat(22)],
])("a cursor that we did not write is none: %s", (_, altered) => expect(idOfCursor(altered)).toBeNull());

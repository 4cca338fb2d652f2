import { routes } from "@gatehouse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { cutterOf } from "./cut-answer.ts";

const person = z.object({ id: z.string(), name: z.string().nullable(), nick: z.string().optional() });
const row = { id: "1", name: null, password_hash: "$argon2id$" };
const cutRow = { id: "1", name: null };

test.each<[string, z.ZodType, unknown, unknown]>([
  ["at the top", person, row, cutRow],
  ["in a list", z.array(person), [row, row], [cutRow, cutRow]],
  ["in a list of an object", z.object({ items: z.array(person) }), { items: [row], total: 1 }, { items: [cutRow] }],
  [
    "in an object of an object",
    z.object({ user: z.object({ of: person }) }),
    { user: { of: row, is_operator: true } },
    { user: { of: cutRow } },
  ],
  ["in a record", z.record(z.string(), person), { a: row }, { a: cutRow }],
  ["behind nullable", z.object({ user: person.nullable() }), { user: row }, { user: cutRow }],
  ["behind optional", z.object({ user: person.optional() }), { user: row }, { user: cutRow }],
  ["behind meta", person.meta({ id: "PersonOfTheTest" }), row, cutRow],
  ["in one of several shapes", z.union([z.object({ count: z.int() }), person]), row, cutRow],
  [
    "in one of several kinds",
    z.discriminatedUnion("kind", [z.object({ kind: z.literal("a"), id: z.string() }), z.object({ kind: z.literal("b") })]),
    { kind: "b", id: "1" },
    { kind: "b" },
  ],
  [
    "behind a pipe",
    z
      .string()
      .transform((text) => text.length)
      .pipe(z.int()),
    "four",
    4,
  ],
])("what is not declared does not leave the house: %s", (_, schema, answer, expected) => {
  expect(cutterOf(schema)(answer)).toEqual(expected);
});

test("null and nothing stay what they are", () => {
  const cut = cutterOf(z.object({ user: person.nullable(), friend: person.optional() }));
  expect(cut({ user: null, friend: undefined })).toEqual({ user: null });
});

test("a schema that lets anything through cuts nothing", () => {
  expect(cutterOf(person.loose())(row)).toEqual(row);
  expect(cutterOf(z.record(z.string(), z.unknown()))({ a: row })).toEqual({ a: row });
});

test("an answer that is as declared is not changed, whatever the route", () => {
  const plain = z.object({ a: z.string(), b: z.array(z.object({ c: z.int().nullable() })), d: z.record(z.string(), z.boolean()) });
  fc.assert(
    fc.property(
      fc.record({
        a: fc.string(),
        b: fc.array(fc.record({ c: fc.option(fc.integer()) })),
        d: fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
          fc.boolean(),
        ),
      }),
      (answer) => {
        expect(cutterOf(plain)(answer)).toEqual(answer);
      },
    ),
  );
});

test("every route of the contract has a cutter", () => {
  for (const { response } of routes) expect(cutterOf(response)).toBeTypeOf("function");
});

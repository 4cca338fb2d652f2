import fc from "fast-check";
import { z } from "zod";

/** Texts among which every text of the contract finds some that it takes. */
const TEXTS = [
  "ada@example.com",
  "Grace.Hopper+fuzz@example.org",
  "Ada Lovelace",
  "x",
  "walnut-harbor-comet-57",
  "en",
  "de-AT",
  "A".repeat(43),
  "01890000-0000-7000-8000-000000000001",
  "2026-02-03T04:05:06Z",
  "2026-02-03T04:05:06.789Z",
  "2030-01-01T00:00:00.000+05:30",
  "on",
  "25",
  "Ünïcödé \u{1f469}‍\u{1f4bb} 漢字",
  "AAAAAAAAAAAAAAAAAAAAAA",
  "pro",
  "cs_test_a1B2",
  "in_1B2c3D",
];
const NUMBERS = [0, 1, 2, 7, 25, 100, 2_147_483_647];

/**
 * Values that a schema of the contract takes. Texts and numbers are chosen from samples by the schema itself, so that whatever it checks
 * is respected without being read.
 * @throws Error for a kind of schema that it does not know, or a leaf that takes none of the samples: add one
 */
export function arbitraryOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodOptional) return fc.option(arbitraryOf(inner(schema.unwrap())), { nil: undefined });
  if (schema instanceof z.ZodDefault) return fc.option(arbitraryOf(inner(schema.unwrap())), { nil: undefined });
  if (schema instanceof z.ZodNullable) return fc.option(arbitraryOf(inner(schema.unwrap())), { nil: null });
  if (schema instanceof z.ZodObject) return objectOf(schema);
  if (schema instanceof z.ZodArray) return fc.array(arbitraryOf(inner(schema.element)), { maxLength: 4 });
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((option) => arbitraryOf(inner(option))));
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodUndefined) return fc.constant(undefined);
  return sampled(schema);
}

function objectOf(schema: z.ZodObject): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, arbitraryOf(inner(field))] as const);
  return fc
    .record(Object.fromEntries(fields))
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)));
}

function sampled(schema: z.ZodType): fc.Arbitrary<unknown> {
  const taken = [...TEXTS, ...NUMBERS].filter((sample) => schema.safeParse(sample).success);
  if (taken.length === 0)
    throw new Error(`no sample is taken by ${JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }))}`);
  return fc.constantFrom(...taken);
}

function inner(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError("not a schema");
}

/** What a stranger sends in the place of something. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, "", " ", "null", "[object Object]", "NaN", [], {}, [[]], [null]),
  fc.constantFrom<unknown>(
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udfff x",
    "a\r\nBcc: b@example.com",
    "‮txt.exe",
    "​",
    "＠",
    "K",
    "ﬀ",
    "%00",
    "../../etc/passwd",
    "' or 1=1; --",
    "#{7*7}",
    "<script>alert(1)</script>",
    "__proto__",
    "a@b@c",
    '"a b"@example.com',
    "a@[127.0.0.1]",
  ),
  fc.constantFrom<unknown>("a".repeat(5_000), "\u{1f600}".repeat(2_000), "@".repeat(5_000), ".".repeat(5_000), "a".repeat(60_000)),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 10, max: 2_000 }).map((depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown),
);

/** A value with one place of it spoilt: replaced by junk, taken away, or with something beside it that nobody declared. */
export function spoilt(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const key = fc.constantFrom(
    "account_id",
    "role",
    "is_operator",
    "id",
    "constructor",
    "toString",
    "",
    "\u0000",
    "hasOwnProperty",
    "email ",
  );
  return fc
    .tuple(value, fc.nat(), fc.constantFrom("replace", "remove", "add", "whole"), junk, key)
    .map(([whole, index, how, what, extra]) => {
      if (how === "whole" || whole === null || typeof whole !== "object") return what;
      if (how === "add") return { ...whole, [extra]: what };
      const names = Object.keys(whole);
      const name = names[index % Math.max(1, names.length)];
      if (name === undefined) return what;
      const { [name]: _, ...rest } = Object.fromEntries(Object.entries(whole));
      return how === "remove" ? rest : { ...rest, [name]: what };
    });
}

const HOSTILE = [
  "\u0000",
  "\ud800",
  "\r\nBcc: b@example.com",
  "\u001b[2J",
  "\u202e",
  "\u2028",
  "\ufeff",
  "'",
  '"',
  "\\",
  "%",
  "é",
  "\u{1f600}",
];

/** The value once for each text in it and each hostile character, put into the middle of that text. */
export function tainted(value: unknown): unknown[] {
  return HOSTILE.flatMap((hostile) => onePlaceChanged(value, (text) => text.slice(0, 1) + hostile + text.slice(1)));
}

function onePlaceChanged(value: unknown, change: (text: string) => string): unknown[] {
  if (typeof value === "string") return [change(value)];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    onePlaceChanged(inner, change).map((changed) =>
      Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed },
    ),
  );
}

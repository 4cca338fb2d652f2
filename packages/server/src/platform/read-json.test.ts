import fc from "fast-check";
import { expect, test } from "vitest";
import { readJson } from "./read-json.ts";

const read = (text: string) => readJson(Buffer.from(text));

test.each<[string, string | Buffer]>([
  ["no JSON", "{"],
  ["words", "hello"],
  ["NaN", '{"a":NaN}'],
  ["a comma too many", '{"a":1,}'],
  ["two values", "{}{}"],
  ["half a UTF-8 character", Buffer.from([0x22, 0xc3, 0x22])],
  ["an overlong UTF-8 spelling", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a half surrogate in CESU-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["__proto__", '{"__proto__":{"is_operator":true}}'],
  ["__proto__, spelt in escapes", '{"\\u005f\\u005fproto__":{}}'],
  ["__proto__, deep down", '{"a":[{"__proto__":null}]}'],
  ["constructor.prototype", '{"constructor":{"prototype":{}}}'],
  ["a name twice", '{"role":"viewer","role":"owner"}'],
  ["a name twice, spelt differently", '{"role":"viewer","r\\u006fle":"owner"}'],
  ["a name twice, deep down", '{"a":[{"b":1,"c":"d","b":1}]}'],
  ["a name twice, with spaces", '{"a" :1,"a"\n:2}'],
  ["the empty name twice", '{"":1,"":2}'],
])("a body with %s is not read", (_, body) => expect(() => readJson(Buffer.from(body))).toThrow());

test.each<[string, unknown]>([
  ['{"a":"b\\":","c":["d:",":"]}', { a: 'b":', c: ["d:", ":"] }],
  ['{"a\\\\":1,"a":2}', { "a\\": 1, a: 2 }],
  ['\ufeff{"a":1}', { a: 1 }],
  ["null", null],
  ['"text"', "text"],
  ['[{"a":1},{"a":1}]', [{ a: 1 }, { a: 1 }]],
])("%s is read as it is meant", (text, value) => expect(read(text)).toEqual(value));

test("whatever is written as JSON is read back the same", () => {
  const plain = fc.jsonValue({ stringUnit: "binary" }).filter((value) => !/__proto__|constructor/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(plain, fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(read(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("a text nested deeper than the stack is read without a fall", () => {
  const depth = 30_000;
  expect(read("[".repeat(depth) + "]".repeat(depth))).toBeInstanceOf(Array);
  expect(read(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)).toBeInstanceOf(Object);
});

test("ten megabytes of one string are read", () => {
  expect(read(JSON.stringify({ a: "\\".repeat(5_000_000) }))).toHaveProperty("a");
});

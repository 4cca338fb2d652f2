import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EmailRefusal, maskEmail, parseEmail } from "./email.ts";

const label = (length: number) => "d".repeat(length);
/** A domain of 130 to 191 characters. */
const domain = (length: number) => `${label(63)}.${label(63)}.${label(length - 128)}`;

describe("taken", () => {
  test.each<[string, string, string]>([
    ["a plain address", "ada@example.com", "ada@example.com"],
    ["capitals are one address with small letters", "Ada.LOVELACE@Example.COM", "ada.lovelace@example.com"],
    ["a tag is part of the address", "ada+news@example.com", "ada+news@example.com"],
    ["dots are part of the address", "a.d.a@example.com", "a.d.a@example.com"],
    ["every sign of RFC 5322's atoms", "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"],
    ["a local part of one character", "a@example.com", "a@example.com"],
    ["a local part of 64", `${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
    ["254 bytes", `${"a".repeat(64)}@${domain(189)}`, `${"a".repeat(64)}@${domain(189)}`],
    ["a label of 63", `a@${label(63)}.com`, `a@${label(63)}.com`],
    ["digits in a domain", "a@163.com", "a@163.com"],
    ["a last label of digits and a letter", "a@example.c0", "a@example.c0"],
    ["hyphens within", "a@my-own--host.example", "a@my-own--host.example"],
    ["an international domain", "ada@münchen.de", "ada@xn--mnchen-3ya.de"],
    ["its capitals", "ada@MÜNCHEN.de", "ada@xn--mnchen-3ya.de"],
    ["its ASCII form is the same address", "ada@XN--mnchen-3ya.de", "ada@xn--mnchen-3ya.de"],
    ["Cyrillic", "ada@пример.рф", "ada@xn--e1afmkfd.xn--p1ai"],
    ["Greek", "ada@παράδειγμα.ελ", "ada@xn--hxajbheg2az3al.xn--qxam"],
    ["Greek whose capitals are composed otherwise", "ada@καΐκι.ελ", "ada@xn--owa9dzabc.xn--qxam"],
    ["Arabic", "ada@مثال.إختبار", "ada@xn--mgbh0fb.xn--kgbechtv"],
    ["Devanagari with its marks", "ada@हिन्दी.भारत", "ada@xn--j2bd4cyah0f.xn--h2brj9c"],
    ["Japanese in its three scripts", "ada@日本ーカナ漢字.jp", "ada@xn--lck2c8gy84o59kc0byxy.jp"],
    ["Korean", "ada@한국.kr", "ada@xn--3e0b707e.kr"],
    ["scripts may differ from label to label", "ada@пример.com", "ada@xn--e1afmkfd.com"],
  ])("%s", (_, typed, normalised) => expect(parseEmail(typed)).toEqual({ ok: true, email: typed, normalised }));
});

const local = "email_local_part";
const host = "email_domain";
describe("refused", () => {
  test.each<[string, string, EmailRefusal]>([
    ["nothing", "", "email_malformed"],
    ["no at", "ada.example.com", "email_malformed"],
    ["two ats", "ada@host@example.com", "email_malformed"],
    ["a fullwidth at", "ada＠example.com", "email_malformed"],
    ["255 bytes", `${"a".repeat(64)}@${domain(190)}`, "email_too_long"],
    ["254 characters that are more bytes", `${"a".repeat(64)}@${"é".repeat(63)}.${"é".repeat(63)}.${"d".repeat(61)}`, "email_too_long"],
    ["few bytes that the ASCII form makes many", `${"a".repeat(64)}@${"д.".repeat(25)}com`, "email_too_long"],
    ["no local part", "@example.com", local],
    ["a local part of 65", `${"a".repeat(65)}@example.com`, local],
    ["a leading dot", ".ada@example.com", local],
    ["a trailing dot", "ada.@example.com", local],
    ["two dots", "ada..l@example.com", local],
    ["a quoted local part", '"ada l"@example.com', local],
    ["a comment", "ada(x)@example.com", local],
    ["a display name", "Ada <ada@example.com>", local],
    ["a space before", " ada@example.com", local],
    ["a space within", "a da@example.com", local],
    ["a mail header smuggled in", "ada\r\nBcc: eve@example.com", local],
    ["a line feed at the end of the local part", "ada\n@example.com", local],
    ["NUL", "ada\0@example.com", local],
    ["a delete character", "ada\x7f@example.com", local],
    ["a list of addresses", "ada,eve@example.com", local],
    ["a semicolon", "ada;eve@example.com", local],
    ["a colon", "group:ada@example.com", local],
    ["a backslash", "ada\\@example.com", local],
    ["brackets", "a[d]a@example.com", local],
    ["a local part with a look-alike of another script", "аda@example.com", local],
    ["dotless i, that lower case makes of I in Turkish", "mıke@example.com", local],
    ["the Kelvin sign, that lower case makes k", "mi\u212ae@example.com", local],
    ["long s, that upper case makes S", "a\u017fa@example.com", local],
    ["fullwidth letters", "ａda@example.com", local],
    ["a zero-width space", "ada\u200b@example.com", local],
    ["half a surrogate pair", "ada\ud800@example.com", local],
    ["no domain", "ada@", host],
    ["one label", "ada@localhost", host],
    ["a trailing dot of the domain", "ada@example.com.", host],
    ["a leading dot of the domain", "ada@.example.com", host],
    ["two dots in the domain", "ada@example..com", host],
    ["a label of 64", `a@${label(64)}.com`, host],
    ["a label that is 64 in its ASCII form only", `a@${"ü".repeat(60)}.com`, host],
    ["a leading hyphen", "ada@-example.com", host],
    ["a trailing hyphen", "ada@example-.com", host],
    ["a trailing hyphen of an international label", "ada@mün-.com", host],
    ["an underscore", "ada@exa_mple.com", host],
    ["an address of IPv4", "ada@127.0.0.1", host],
    ["an address of IPv4 in hexadecimal", "ada@0x7f.0x1", host],
    ["an address of IPv4 in few parts", "ada@a.1", host],
    ["an IP literal", "ada@[127.0.0.1]", host],
    ["an IP literal of IPv6", "ada@[IPv6:::1]", host],
    ["a port", "ada@example.com:25", host],
    ["a path", "ada@example.com/x.com", host],
    ["an escape of the URL's", "ada@ex%61mple.com", host],
    ["a space after", "ada@example.com ", host],
    ["a line break after", "ada@example.com\n", host],
    ["a tab that a URL parser drops", "ada@exa\tmple.com", host],
    ["Cyrillic among Latin letters", "ada@exаmple.com", host],
    ["Greek among Latin letters", "ada@exαmple.com", host],
    ["Latin among Japanese", "ada@aカナ.jp", host],
    ["fullwidth letters of a domain", "ada@ｅxample.com", host],
    ["a fullwidth dot", "ada@example．com", host],
    ["an ideographic dot", "ada@example。com", host],
    ["dotless i in a domain", "ada@mıke.com", host],
    ["dotted capital i in a domain", "ada@mİke.com", host],
    ["long s in a domain", "ada@\u017ftripe.com", host],
    ["the Kelvin sign in a domain", "ada@\u212aelvin.com", host],
    ["sharp s, that older software sends elsewhere", "ada@faß.de", host],
    ["capital sharp s", "ada@FAẞ.de", host],
    ["final sigma, that older software sends elsewhere", "ada@τέλος.ελ", host],
    ["capital sigma at an end, that may be either", "ada@ΤΈΛΟΣ.ελ", host],
    ["an old form of a Cyrillic letter", "ada@\u1c80ода.рф", host],
    ["a decomposed umlaut", "ada@mu\u0308nchen.de", host],
    ["a ligature", "ada@\ufb01sh.com", host],
    ["a mark that hides on a letter", "ada@exa\u0363mple.com", host],
    ["a label that begins with a mark", "ada@\u093fहन.भारत", host],
    ["a phonetic letter that looks like g", "ada@\u0261oogle.com", host],
    ["a click that looks like an exclamation mark", "ada@wow\u01c3.com", host],
    ["a zero-width space in a domain", "ada@exa\u200bmple.com", host],
    ["a zero-width joiner", "ada@हिन्\u200dदी.भारत", host],
    ["a soft hyphen", "ada@exa\u00admple.com", host],
    ["a right-to-left override", "ada@\u202emoc.elpmaxe", host],
    ["directions that a browser would refuse", "ada@אa.com", host],
    ["an emoji", "ada@🐎.com", host],
    ["half a surrogate pair in a domain", "ada@exa\udc00mple.com", host],
  ])("%s", (_, typed, why) => expect(parseEmail(typed)).toEqual({ ok: false, why }));
});

test.each<[string, string]>([
  ["letters", "a".repeat(50_000)],
  ["ats", "@".repeat(50_000)],
  ["dots", `a@${".".repeat(50_000)}`],
  ["labels", `a@${"a.".repeat(25_000)}com`],
  ["atoms", `${"a.".repeat(25_000)}@example.com`],
  ["hyphens", `a@a${"-".repeat(50_000)}.com`],
  ["wide letters", `a@${"ü".repeat(25_000)}.com`],
  ["marks", `a@a${"\u0301".repeat(25_000)}.com`],
])("50 kB of %s are refused at once", (_, typed) => {
  const start = performance.now();
  for (let times = 0; times < 10; times += 1) expect(parseEmail(typed)).toEqual({ ok: false, why: "email_too_long" });
  // Microseconds in truth, in quadratic time ten seconds and more: a busy machine stays far below the bound.
  expect(performance.now() - start).toBeLessThan(5000);
});

test.each<[string, string, number]>([
  ["U+007F", "\u007f", 1],
  ["U+0080", "\u0080", 2],
  ["U+07FF", "\u07ff", 2],
  ["U+0800", "\u0800", 3],
  ["U+FFFF", "\uffff", 3],
  ["U+10000", "\u{10000}", 4],
  ["U+10FFFF", "\u{10ffff}", 4],
])("%s has its bytes of UTF-8 in the bound of the whole", (_, character, bytes) => {
  const of254 = `a@${character.repeat(60)}${"d".repeat(252 - 60 * bytes)}`;
  expect(parseEmail(of254)).toEqual({ ok: false, why: "email_domain" });
  expect(parseEmail(`${of254}d`)).toEqual({ ok: false, why: "email_too_long" });
});

const addresses = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.emailAddress(),
  fc.tuple(fc.string(), fc.string({ unit: "binary" })).map(([before, after]) => `${before}@${after}.com`),
  fc.stringMatching(/^[aA.@\u0131\u212aüд-]{0,30}$/),
);

test("what is taken is ASCII without controls, and normalising it again changes nothing", () => {
  fc.assert(
    fc.property(addresses, (typed) => {
      const read = parseEmail(typed);
      if (!read.ok) return;
      expect(read.email).toBe(typed);
      expect(read.normalised).toMatch(/^[!-~]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      expect(read.normalised.split("@")).toHaveLength(2);
      expect(parseEmail(read.normalised)).toEqual({ ok: true, email: read.normalised, normalised: read.normalised });
    }),
    { numRuns: 1000 },
  );
});

test("case makes no second account", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,10}(\.[a-z0-9]{1,10})?@[a-z]{1,10}\.[a-z]{2,5}$/), (typed) => {
      expect(parseEmail(typed.toUpperCase())).toMatchObject({ ok: true, normalised: typed });
    }),
  );
});

test.each<[string, string]>([
  ["ada@example.com", "a***@example.com"],
  ["a@example.com", "a***@example.com"],
  ["Ada+x@münchen.de", "A***@münchen.de"],
  ["no address\r\n", "***"],
])("%j is shown as %s", (typed, masked) => expect(maskEmail(typed)).toBe(masked));

import { expect, test } from "vitest";
import { linksOf } from "./mail-links.ts";

const BASE = "https://example.com";

test.each<[string, { html?: string; text?: string }, string[]]>([
  ["a link is found", { html: `<p><a class="b" href="${BASE}/verify?token=abc">go</a>` }, [`${BASE}/verify?token=abc`]],
  ["character references in it are decoded", { html: `<a href='${BASE}/?a=1&amp;b=2&#38;c=3&#x26;d=4'>` }, [`${BASE}/?a=1&b=2&c=3&d=4`]],
  ["a parameter that looks like a reference stays", { html: `<a href="${BASE}/?a=1&copy=2">` }, [`${BASE}/?a=1&copy=2`]],
  ["a link without quotes is found", { html: `<a href=${BASE}/x>` }, [`${BASE}/x`]],
  ["a > within another attribute does not hide it", { html: `<a title="a > b" href="${BASE}/x">` }, [`${BASE}/x`]],
  ["another attribute's name that ends in href is no link", { html: `<a data-href="${BASE}/x" href="${BASE}/y">` }, [`${BASE}/y`]],
  ["a link in a comment cannot be followed", { html: `<!-- <a href="${BASE}/x"> -->` }, []],
  ["mailto and javascript are no web addresses", { html: `<a href="mailto:a@b.c"><a href="javascript:alert(1)">` }, []],
  ["the full stop of the sentence is not part of it", { text: `Follow ${BASE}/v?t=a.b-c_. Thanks` }, [`${BASE}/v?t=a.b-c_`]],
  [
    "brackets around it are not part of it",
    { text: `(see ${BASE}/a_(b)) [${BASE}/c] <${BASE}/d>` },
    [`${BASE}/a_(b)`, `${BASE}/c`, `${BASE}/d`],
  ],
  ["a token that ends in - or _ is whole", { text: `${BASE}/t/abc-_\n${BASE}/t/abc_-` }, [`${BASE}/t/abc-_`, `${BASE}/t/abc_-`]],
  ["ampersands of the text part are as they are", { text: `${BASE}/?a=1&amp=2` }, [`${BASE}/?a=1&amp=2`]],
  [
    "the same link in both parts counts once, in order",
    { html: `<a href="${BASE}/2"><a href="${BASE}/1">`, text: `${BASE}/1, ${BASE}/3!` },
    [`${BASE}/2`, `${BASE}/1`, `${BASE}/3`],
  ],
  ["a word that only ends in a scheme is none", { text: "xhttp://nothing http:// https://?" }, []],
])("%s", (_, mail, links) => expect(linksOf({ html: "", text: "", ...mail })).toEqual(links));

/**
 * The web addresses of a mail, each once: first the links of its HTML part in their order, then what the text part adds.
 *
 * Exact, because tests and people follow them: character references are decoded in HTML, and the full stop of the sentence that
 * an address ends in is not part of it.
 */
export function linksOf(mail: { html: string; text: string }): string[] {
  const found = [...linksOfHtml(mail.html), ...linksOfText(mail.text)];
  return [...new Set(found.filter(isWebAddress))];
}

/** Comments, styles and scripts hold no link that a person could follow. */
const UNSEEN = /<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1\s*>/gi;
/** A whole start tag; a `>` within quotes does not end it. */
const TAG = /<[a-z][^\s>/]*((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi;
const HREF = /(?:^|[\s"'/])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;

function linksOfHtml(html: string): string[] {
  const links: string[] = [];
  for (const [, attributes = ""] of html.replace(UNSEEN, "").matchAll(TAG)) {
    const href = HREF.exec(attributes);
    if (href) links.push(decodeReferences(href[1] ?? href[2] ?? href[3] ?? "").trim());
  }
  return links;
}

function linksOfText(text: string): string[] {
  return [...text.matchAll(/\bhttps?:\/\/[^\s<>"'`\\^{}|]+/gi)].map(([address]) => withoutPunctuation(address));
}

/** A bracket at the end belongs to the sentence unless the address opened it: `(see https://example.com/a_(b))`. */
function withoutPunctuation(address: string): string {
  let end = address.length;
  for (;;) {
    const last = address.charAt(end - 1);
    const kept = address.slice(0, end);
    const isLoose = (last === ")" && count(kept, ")") > count(kept, "(")) || (last === "]" && count(kept, "]") > count(kept, "["));
    // Neither "_" nor "-": a token in base64url may end in one.
    if (!isLoose && !".,;:!?*".includes(last)) return kept;
    end -= 1;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function isWebAddress(address: string): boolean {
  return /^https?:\/\//i.test(address) && URL.canParse(address);
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", sol: "/", equals: "=" };

/** Without a semicolon nothing is decoded: `?a=1&copy=2` is an address with two parameters. */
function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

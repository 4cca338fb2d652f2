import secureJson from "secure-json-parse";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a request's body: valid UTF-8, JSON (RFC 8259), every name once in its object, no `__proto__` and no `constructor` with a
 * `prototype`. Of a name given twice one reader takes the first and another the last, and what the one checked the other obeys (MA-3).
 * @throws SyntaxError | TypeError
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = utf8.decode(bytes);
  const value: unknown = secureJson.parse(text, { protoAction: "error", constructorAction: "error" });
  if (namesWritten(text) !== namesRead(value)) throw new SyntaxError("a name stands twice in one object");
  return value;
}

/** Names in the text of valid JSON: strings with a colon after them. Not by a pattern, whose engine runs out of stack on long strings. */
function namesWritten(text: string): number {
  let count = 0;
  let quote = text.indexOf('"');
  while (quote !== -1) {
    const after = afterSpaces(text, endOfString(text, quote + 1) + 1);
    if (text[after] === ":") count += 1;
    quote = text.indexOf('"', after);
  }
  return count;
}

/** The quote that ends the string: one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); ; quote = text.indexOf('"', quote + 1)) {
    let backslash = quote;
    while (text[backslash - 1] === "\\") backslash -= 1;
    if ((quote - backslash) % 2 === 0) return quote;
  }
}

function afterSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return at;
}

/** Not recursive: a text may be nested deeper than the stack. */
function namesRead(value: unknown): number {
  let count = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (next === null || typeof next !== "object") continue;
    const inner = Object.values(next);
    if (!Array.isArray(next)) count += inner.length;
    for (const one of inner) rest.push(one);
  }
  return count;
}

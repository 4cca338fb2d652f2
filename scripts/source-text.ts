/**
 * Reads TypeScript as text with its comments and strings known for what they are. Not a parser: enough to ask what a file says in code,
 * in milliseconds and with no compiler API (TypeScript 7 has none).
 */
export interface SourceText {
  readonly text: string;
  /** Comments blanked, strings kept. Of the same length and lines as `text`. */
  readonly uncommented: string;
  /** Comments, strings, templates (not what stands in `${}`) and regular expressions blanked; quotes kept. Of the same length. */
  readonly code: string;
}

type Kind = "code" | "comment" | "literal";

/** @param text a whole file */
export function readSource(text: string): SourceText {
  const kinds = classify(text);
  const blank = (isBlanked: (kind: Kind) => boolean): string => {
    let shown = "";
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at);
      shown += character !== "\n" && isBlanked(kinds[at] ?? "code") ? " " : character;
    }
    return shown;
  };
  return { text, uncommented: blank((kind) => kind === "comment"), code: blank((kind) => kind !== "code") };
}

/** What each character belongs to. Quotes and backticks themselves are code, so that an import keeps its shape. */
function classify(text: string): Kind[] {
  const kinds: Kind[] = new Array<Kind>(text.length).fill("code");
  /** For each open `${`, the braces opened since within it. */
  const interpolations: number[] = [];
  let at = 0;
  const mark = (end: number, kind: Kind): void => {
    kinds.fill(kind, at, Math.min(end, text.length));
    at = end;
  };
  const template = (): void => {
    const end = endOfTemplatePart(text, at);
    mark(end, "literal");
    if (text.startsWith("${", end)) interpolations.push(0);
    at = end + (text.startsWith("${", end) ? 2 : 1);
  };
  while (at < text.length) {
    const character = text.charAt(at);
    if (text.startsWith("//", at)) mark(indexOr(text.indexOf("\n", at), text.length), "comment");
    else if (text.startsWith("/*", at)) mark(indexOr(text.indexOf("*/", at + 2), text.length) + 2, "comment");
    else if (character === '"' || character === "'") {
      at++;
      mark(endOfQuoted(text, at, character), "literal");
      at++;
    } else if (character === "`") {
      at++;
      template();
    } else if (character === "/" && startsExpression(text, at)) mark(endOfRegExp(text, at), "literal");
    else if (character === "}" && interpolations.at(-1) === 0) {
      interpolations.pop();
      at++;
      template();
    } else {
      const depth = interpolations.length - 1;
      if (depth >= 0) interpolations[depth] = (interpolations[depth] ?? 0) + (character === "{" ? 1 : character === "}" ? -1 : 0);
      at++;
    }
  }
  return kinds;
}

const indexOr = (index: number, otherwise: number): number => (index < 0 ? otherwise : index);

function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== quote && text.charAt(at) !== "\n") at += text.charAt(at) === "\\" ? 2 : 1;
  return at;
}

/** The index of the closing backtick or of the next `${`. */
function endOfTemplatePart(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== "`" && !text.startsWith("${", at)) at += text.charAt(at) === "\\" ? 2 : 1;
  return at;
}

function endOfRegExp(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length && text.charAt(at) !== "\n"; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) return at + 1;
  }
  return from + 1;
}

/** A slash after one of these begins a regular expression; after a name, a number or a closing bracket it divides. */
function startsExpression(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 200), at).trimEnd();
  return before === "" || /[(,=:[!&|?{};+\-*%<>~^]$|\b(?:return|typeof|case|in|of|await|yield|void|delete)$/.test(before);
}

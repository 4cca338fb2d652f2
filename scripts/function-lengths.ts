/**
 * Functions that are longer than a screen, told by counting braces.
 *
 * Seen: `function`, methods, and `=> { }` (not in tests, where a describe is one). Missed: a body without braces, a method whose name is
 * computed, and one whose parameter default holds a function. A type with braces between the parameters and the body is passed over.
 *
 * @param code a file with its strings and comments blanked (source-text.ts)
 * @param linesMax a function of so many lines, first and last counted, still passes
 * @returns one reason each, with the line at which it begins
 */
export function longFunctions(code: string, linesMax: number, isTest: boolean): string[] {
  const reasons = new Map<number, string>();
  const measure = (start: number, body: number): void => {
    const end = closing(code, body);
    const lines = lineOf(code, end) - lineOf(code, start) + 1;
    if (lines > linesMax) reasons.set(body, `a function of ${lines} lines at line ${lineOf(code, start)} (${linesMax} at most)`);
  };
  for (const { start, parameters } of declared(code)) {
    const body = bodyAfter(code, closing(code, parameters));
    if (body !== null) measure(start, body);
  }
  if (!isTest) for (const match of code.matchAll(/=>\s*\{/g)) measure(match.index, match.index + match[0].length - 1);
  return [...reasons.values()];
}

const KEYWORDS = new Set(["if", "for", "while", "switch", "catch", "return", "function", "with", "await", "super", "typeof", "new"]);

/** Where something begins that looks like a function or a method, and where its parameters open. */
function declared(code: string): { start: number; parameters: number }[] {
  const functions = [...code.matchAll(/\bfunction\b\s*\*?\s*[\w$]*\s*(?:<[^()]*>)?\s*\(/g)];
  const methods = [
    ...code.matchAll(
      /^[ \t]+(?:(?:static|override|async|get|set|public|private|protected)\s+|\*\s*)*#?([A-Za-z_$][\w$]*)\s*(?:<[^()]*>)?\(/gm,
    ),
  ].filter((match) => !KEYWORDS.has(match[1] ?? ""));
  return [...functions, ...methods].map((match) => ({
    start: match.index + match[0].search(/\S/),
    parameters: match.index + match[0].length - 1,
  }));
}

/** The brace that opens the body, after the parameters and perhaps a type; null for a call or a declaration without a body. */
function bodyAfter(code: string, parametersEnd: number): number | null {
  let at = parametersEnd + 1;
  const isTyped = /^\s*:/.test(code.slice(at));
  if (!isTyped && !/^\s*\{/.test(code.slice(at))) return null;
  for (;;) {
    const next = code.slice(at).search(/[{;]/);
    if (next < 0 || code.charAt(at + next) === ";") return null;
    const brace = at + next;
    const end = closing(code, brace);
    // After a type with braces there is more of the type, or the body; after the body there is neither.
    if (!isTyped || !/^\s*[{>|&[,]/.test(code.slice(end + 1))) return brace;
    at = end + 1;
  }
}

const PAIRS: Readonly<Record<string, string>> = { "(": ")", "{": "}", "[": "]" };

/** The index of the bracket that closes the one at `open`; the end of the text if none does. */
function closing(code: string, open: number): number {
  const opener = code.charAt(open);
  const closer = PAIRS[opener];
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code.charAt(at) === opener) depth++;
    else if (code.charAt(at) === closer && --depth === 0) return at;
  }
  return code.length - 1;
}

function lineOf(code: string, at: number): number {
  return code.slice(0, at).split("\n").length;
}

/**
 * Text of a person as CommonMark that shows exactly that text: nothing in it becomes a heading, list, link, image, HTML, code, entity or table.
 *
 * Backslashes (CommonMark 0.31, section 2.4) do all but one thing: GitHub's autolinks find addresses in the text that is left after the backslashes
 * are gone. So a word that looks like an address is written as code, where nothing is looked for.
 */
export function markdownLine(text: string): string {
  const words = text.trim().split(/(\s+)/);
  const written = words.map((word) => (LINKED.test(word) ? codeSpan(word) : word.replaceAll(MARKS, "\\$&"))).join("");
  return written.replace(FIRST_MARK, (_, number: string, mark: string) => `${number}\\${mark}`);
}

/** As `markdownLine`, for several lines: they stay lines, empty ones part paragraphs, and spaces that begin a line are dropped (they would make code). */
export function markdownProse(text: string, indent: string): string {
  const paragraphs = text
    .split(/(?:\r\n|\n|\r)/)
    .map(markdownLine)
    .join("\n")
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph !== "");
  return paragraphs.map((paragraph) => paragraph.replace(/^\n+|\n+$/g, "").replaceAll("\n", `\\\n${indent}`)).join(`\n\n${indent}`);
}

/** Whatever can mean something in the middle of a line. */
const MARKS = /[\\`*_[\]<>&#|~!${}]/g;
/** What can only mean something at a line's beginning: lists, underlines of headings, columns of tables. */
const FIRST_MARK = /^(\d*)([-+=:.)])/;
/** Addresses as GFM 0.29 (section 6.9) and other readers find them, and then some. */
const LINKED = /@|\/\/|www\.|[\p{L}\p{N}]\.\p{L}{2}|(?:mailto|xmpp|tel|javascript|data):/iu;

/** Section 6.1: a code span ends at as many backticks as it began with, so it begins with more than the text has in a row. */
function codeSpan(word: string): string {
  const longest = Math.max(0, ...[...word.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${word}${space}${fence}`;
}

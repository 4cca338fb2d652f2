/**
 * One line of CSV (RFC 4180), with its line break. Every cell is quoted, so that a spreadsheet of any language parts them alike.
 *
 * Spreadsheets run what looks like a formula, and the cells hold what strangers typed: such a cell begins with an apostrophe, which makes
 * it text. The price is an apostrophe before honest figures such as -1 and +49.
 */
export const csvLine = (cells: readonly (string | null)[]): string =>
  `${cells.map((cell) => `"${defuseCell(cell ?? "").replaceAll('"', '""')}"`).join(",")}\r\n`;

/** Signs that begin a formula, also in their full width, which Excel folds; whatever is not seen before them does not help. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;
/** A cell that begins with a tab or a line break is taken apart by some before it is read. */
const BREAK = /^[\t\r\n]/;

/** @returns the cell as it is, or with an apostrophe where a spreadsheet could run it */
export const defuseCell = (cell: string): string => (FORMULA.test(cell) || BREAK.test(cell) ? `'${cell}` : cell);

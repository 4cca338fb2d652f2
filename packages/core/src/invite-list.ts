import { ROLES } from "./roles.ts";

/** One row of a list of people to invite, as it was given. */
export interface InviteRow {
  readonly email: string;
  /** null: none was given, and the list's own counts. */
  readonly role: string | null;
}

/** So many rows are taken at once. */
export const INVITE_ROWS_MAX = 500;

/**
 * Reads a pasted list: addresses a line, or between commas, semicolons and tabs, `Ada Lovelace <ada@example.com>` as mail programs copy
 * it, or CSV (RFC 4180) with an address and a role in each line, with or without a header. In linear time; it judges nothing: what is no
 * address comes out as it was written, so that the person is told which row is wrong.
 */
export function readInviteList(text: string): InviteRow[] {
  const [first = ""] = /^.*\S.*$/m.exec(text) ?? [];
  const header = headerOf(first);
  if (header === null) return recordsOf(text, ",;\t").flatMap(rowsOfPieces);
  const [, ...records] = recordsOf(text, header.separator).map(valuesOf).filter(isFilled);
  return records.map((cells) => rowOfCells(cells, header));
}

interface Header {
  readonly separator: string;
  readonly email: number;
  readonly role: number;
}
/** As spreadsheets and address books name the column, in letters alone; a postal address must not be taken for it, so that it is last. */
const EMAIL_HEADERS = ["email", "emailaddress", "emailaddressrequired", "emailvalue", "workemail", "emails", "mail", "address"];
const ROLES_GIVEN: ReadonlySet<string> = new Set(ROLES);

function headerOf(line: string): Header | null {
  if (line.includes("@")) return null;
  for (const separator of [",", ";", "\t"]) {
    const names = (recordsOf(line, separator)[0] ?? []).map(({ value }) => value.toLowerCase().replaceAll(/[^a-z]/g, ""));
    const name = EMAIL_HEADERS.find((one) => names.includes(one));
    if (name !== undefined) return { separator, email: names.indexOf(name), role: names.indexOf("role") };
  }
  return null;
}

const valuesOf = (record: readonly Cell[]): string[] => record.map(({ value }) => value);
const isFilled = (cells: readonly string[]): boolean => cells.some((cell) => cell !== "");
const rowOfCells = (cells: readonly string[], header: Header): InviteRow => ({
  email: addressIn(cells[header.email] ?? ""),
  role: cells[header.role]?.toLowerCase() || null,
});

/** Of a list without a header: `address, role` is one row, anything else as many as there are pieces between the separators. */
function rowsOfPieces(record: readonly Cell[]): InviteRow[] {
  const pieces = piecesOf(record);
  const [address, role] = pieces;
  if (pieces.length === 2 && address !== undefined && role !== undefined && ROLES_GIVEN.has(role.toLowerCase()))
    return [{ email: addressIn(address), role: role.toLowerCase() }];
  return pieces.map((piece) => ({ email: addressIn(piece), role: null }));
}

/** What stands between the separators. In `Lovelace, Ada <ada@example.com>` the comma is none: it is within a name. */
function piecesOf(record: readonly Cell[]): string[] {
  const isSurname = ({ value, stop }: Cell, next: Cell | undefined): boolean =>
    stop === "," && !value.includes("@") && next !== undefined && next.value.lastIndexOf("<") > 0 && next.value.endsWith(">");
  return record.filter((cell, at) => cell.value !== "" && !isSurname(cell, record[at + 1])).map(({ value }) => value);
}

/** `Ada Lovelace <ada@example.com>` is ada@example.com; what has no brackets stays as it is. */
function addressIn(cell: string): string {
  const open = cell.lastIndexOf("<");
  const within = open !== -1 && cell.endsWith(">") ? cell.slice(open + 1, -1).trim() : "";
  return within === "" ? cell : within;
}

interface Cell {
  readonly value: string;
  /** The separator or line break after it; "" at the end. */
  readonly stop: string;
}

/** The fields of each line; a quoted one may hold separators and line breaks. A line without anything is a record too. */
function recordsOf(text: string, separators: string): Cell[][] {
  const records: Cell[][] = [];
  let record: Cell[] = [];
  for (let at = 0; at <= text.length; ) {
    const { value, end } = cellAt(text, at, separators);
    const stop = text[end] ?? "";
    record.push({ value, stop });
    if (stop === "" || isBreak(stop)) {
      records.push(record);
      record = [];
    }
    at = end + 1;
  }
  return records;
}

const isBreak = (character: string): boolean => character === "\n" || character === "\r";

/** The field that begins at `from`, without the spaces around it (nor the byte order mark), and where it ends. */
function cellAt(text: string, from: number, separators: string): { value: string; end: number } {
  const stop = stopAfter(text, from, separators);
  const plain = { value: text.slice(from, stop).trim(), end: stop };
  if (!plain.value.startsWith('"')) return plain;
  const open = text.indexOf('"', from);
  const close = closingQuote(text, open);
  if (close === -1) return plain;
  const quoted = text.slice(open + 1, close);
  const end = stopAfter(text, close + 1, separators);
  const rest = text.slice(close + 1, end).trimEnd();
  // A quote that somebody forgot to close must not swallow the lines up to the next one.
  if (/[\r\n]/.test(quoted) && rest !== "") return plain;
  return { value: (quoted.replaceAll('""', '"') + rest).trim(), end };
}

function stopAfter(text: string, from: number, separators: string): number {
  let at = from;
  while (at < text.length && !isBreak(text[at] ?? "") && !separators.includes(text[at] ?? "")) at += 1;
  return at;
}

/**
 * Where the quote that is open at `open` closes; a doubled one does not. -1: nowhere.
 * What is searched is searched twice at the most: quotes that are passed over are doubled, and close themselves where they open a field.
 */
function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

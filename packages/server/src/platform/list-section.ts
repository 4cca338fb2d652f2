import type { Tx } from "./app.ts";
import type { ExportPage, ExportSection } from "./product-parts.ts";

export interface ListOf<Row> {
  readonly name: string;
  readonly folder: string;
  readonly about: string;
  /** Everything, in the order of its key: at most `limit` rows after the one whose key is `after`, null for the first. */
  read(tx: Tx, accountId: string, after: string | null, limit: number): Promise<readonly Row[]>;
}

/** Rows of one file, and so of one page. */
const ROWS_MAX = 500;

/**
 * A section that is one list: `<name>.json`, and `<name>-2.json` and so on where it is long. An empty list is written too, so that nothing
 * looks forgotten. Rows are written as the store gives them, instants as ISO 8601 in UTC.
 */
export function listSection<Row extends { readonly id: string }>(list: ListOf<Row>): ExportSection {
  const { name, folder, about } = list;
  return {
    name,
    folder,
    about,
    async page(tx, accountId, after): Promise<ExportPage> {
      const { number, key } = placeOf(after);
      const rows = await list.read(tx, accountId, key, ROWS_MAX);
      const last = rows.length === ROWS_MAX ? rows.at(-1) : undefined;
      const file = { name: number === 1 ? `${name}.json` : `${name}-${number}.json`, text: `${JSON.stringify(rows, null, 2)}\n` };
      const isNeeded = number === 1 || rows.length > 0;
      return { files: isNeeded ? [file] : [], records: rows.length, next: last ? `${number + 1} ${last.id}` : null };
    },
  };
}

/** Which file comes next, and after which row it begins. */
function placeOf(after: string | null): { number: number; key: string | null } {
  if (after === null) return { number: 1, key: null };
  const space = after.indexOf(" ");
  return { number: Number(after.slice(0, space)), key: after.slice(space + 1) };
}

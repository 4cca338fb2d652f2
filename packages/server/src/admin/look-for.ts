/** Things looked at in one request, whatever is looked for: so that no filter makes a search cost what the whole list does. */
export const LOOK_MAX = 2000;
const BATCH = 250;

/** A thing of the list, and where a page ends that ends with it. */
export interface Seen<T> {
  readonly thing: T;
  readonly cursor: string;
}

/**
 * Goes through a list in its order until a page is full, the list ends, or enough was looked at. Then the page is short, and the next one
 * goes on from there.
 * @param search.isPicky most things may not be wanted: they are read by larger batches
 * @param search.read the things after the cursor, at most `count`; fewer only where the list ends
 * @param search.judge what to show of each thing, in their order; null: it is not wanted
 */
export async function lookFor<T, Shown>(search: {
  readonly after: string | null;
  readonly limit: number;
  readonly isPicky: boolean;
  read(after: string | null, count: number): Promise<readonly Seen<T>[]>;
  judge(things: readonly T[]): Promise<readonly (Shown | null)[]> | readonly (Shown | null)[];
}): Promise<{ readonly items: readonly Shown[]; readonly nextCursor: string | null }> {
  const items: Shown[] = [];
  let cursor = search.after;
  for (let looked = 0; looked < LOOK_MAX; ) {
    const count = search.isPicky ? BATCH : search.limit - items.length + 1;
    const batch = await search.read(cursor, count);
    const judged = await search.judge(batch.map(({ thing }) => thing));
    for (const [index, seen] of batch.entries()) {
      const shown = judged[index] ?? null;
      if (shown !== null && items.length === search.limit) return { items, nextCursor: cursor };
      if (shown !== null) items.push(shown);
      cursor = seen.cursor;
    }
    if (batch.length < count) return { items, nextCursor: null };
    looked += batch.length;
  }
  return { items, nextCursor: cursor };
}

/**
 * Reads more ids than it is asked for and hands it out bit by bit, for a list of which each reading is dear, however little is read. To be asked as
 * `lookFor` does: on from where the last answer ended.
 * @param countMin ids that are read at a time, at least
 */
export function readAhead(read: (after: string | null, count: number) => Promise<string[]>, countMin: number): typeof read {
  const ahead: string[] = [];
  let isEnd = false;
  return async (after, count) => {
    if (ahead.length < count && !isEnd) {
      const wanted = Math.max(count, countMin);
      const more = await read(ahead.at(-1) ?? after, wanted);
      isEnd = more.length < wanted;
      ahead.push(...more);
    }
    return ahead.splice(0, count);
  };
}

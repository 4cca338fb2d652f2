import { type ApiList, listOf } from "../objects/list.ts";
import { invalid, missing } from "../refusal.ts";

export interface Paging {
  readonly limit: number | undefined;
  readonly starting_after: string | undefined;
  readonly ending_before: string | undefined;
}

/** What a page is cut from: a walk from beyond an id, in one direction or the other. */
export interface Source<T> {
  has(id: string): boolean;
  walk(options: { readonly beyond?: string | undefined; readonly oldestFirst?: boolean }): Iterable<T>;
}

/**
 * A page, newest first. `ending_before` gives the page that ends just before that id: what is newer, nearest first in its own order.
 * https://docs.stripe.com/api/pagination
 */
export function pageOf<T>(
  source: Source<T>,
  paging: Paging,
  options: { readonly url: string; readonly type: string; isMeant?(object: T): boolean },
): ApiList<T> {
  const limit = paging.limit ?? 10;
  if (limit < 1 || limit > 100)
    throw invalid(
      limit < 1
        ? "This value must be greater than or equal to 1."
        : `This value must be less than or equal to 100 (it currently is '${limit}').`,
      { param: "limit" },
    );
  const { starting_after: after, ending_before: before } = paging;
  if (after !== undefined && before !== undefined)
    throw invalid("You cannot parameterize both starting_after and ending_before.", { param: "starting_after" });
  if (after !== undefined && !source.has(after)) throw missing(options.type, after, "starting_after");
  if (before !== undefined && !source.has(before)) throw missing(options.type, before, "ending_before");
  const found: T[] = [];
  let hasMore = false;
  for (const object of source.walk({ beyond: before ?? after, oldestFirst: before !== undefined })) {
    if (options.isMeant !== undefined && !options.isMeant(object)) continue;
    if (found.length === limit) {
      hasMore = true;
      break;
    }
    found.push(object);
  }
  if (before !== undefined) found.reverse();
  return listOf(found, options.url, hasMore);
}

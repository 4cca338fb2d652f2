import { refuse } from "./refuse.ts";

const UUID_V7 = /^([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([89ab][0-9a-f]{3})([0-9a-f]{12})$/;

/** Where a page ended, in 22 characters: the 16 bytes of the last id. Opaque to callers, so that the order may change behind it. */
export const cursorAfter = (id: string): string => Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");

/** The id that a cursor was made of; null when we did not make it so, to the letter. */
export function idOfCursor(cursor: string): string | null {
  const bytes = Buffer.from(cursor, "base64url");
  // Buffer skips what is not base64url and ignores spare bits: only the one spelling that we write is ours.
  if (bytes.toString("base64url") !== cursor) return null;
  const parts = UUID_V7.exec(bytes.toString("hex"));
  return parts ? parts.slice(1).join("-") : null;
}

/**
 * Where a page begins: after the thing with this id; null for the first page.
 * @throws Refusal invalid_request when the cursor is none of ours
 */
export function beginOfPage(cursor: string | undefined): string | null {
  return cursor === undefined ? null : (idOfCursor(cursor) ?? refuseCursor());
}
const refuseCursor = (): never =>
  refuse("invalid_request", { problems: [{ at: "query.cursor", why: "must be a next_cursor as it was answered" }] });

/** @param found up to one more than `limit`: that one tells whether there is another page */
export function pageOf<T extends { readonly id: string }>(
  found: readonly T[],
  limit: number,
): { readonly items: readonly T[]; readonly nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last && found.length > limit ? cursorAfter(last.id) : null };
}

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

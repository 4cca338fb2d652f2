/** Longer names carry a message and not a name. */
export const NAME_CHARACTERS_MAX = 40;
const DIGITS_MAX = 4;

/**
 * A name that a stranger typed, made safe to show in a mail that we sign with our name: letters, figures, spaces and the few marks
 * that names are written with, on one line, at most 40 characters.
 *
 * Mail programs turn whatever looks like an address or a telephone number into a link. So everything that one is made of goes (dots,
 * slashes, colons, at signs, in all their Unicode shapes), and all figures where there are as many as in a telephone number.
 * Anybody can register anybody's address with a name of their choosing: the mail must not carry their words as a message.
 * @returns the empty string when nothing is left
 */
export function defuseName(name: string): string {
  const plain = name
    .normalize("NFC")
    // Joiners, direction overrides and soft hyphens are seen by nobody: they only part or turn what is.
    .replace(/[\p{Cf}\p{Cs}]/gu, "")
    .replace(/[^\p{L}\p{M}\p{N}'’ -]/gu, " ")
    // Heaps of accents run over the lines above and below.
    .replace(/(\p{M}{2})\p{M}+/gu, "$1");
  const figures = plain.match(/\p{N}/gu)?.length ?? 0;
  const words = (figures > DIGITS_MAX ? plain.replace(/\p{N}/gu, " ") : plain).split(" ").filter((word) => word !== "");
  return [...words.join(" ")].slice(0, NAME_CHARACTERS_MAX).join("").trim();
}

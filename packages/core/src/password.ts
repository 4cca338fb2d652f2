/** Counted in code points, as a person counts characters; the upper bound keeps hashing cheap. */
export const PASSWORD_CHARACTERS_MIN = 8;
export const PASSWORD_CHARACTERS_MAX = 128;

export type PasswordWeakness = "too_short" | "too_long" | "common" | "contains_identity" | "trivial";

export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
  readonly productName: string;
}

/**
 * Why is the password too weak to be taken? Null: it is not (NIST SP 800-63B, 3.1.1.2: length and lists, no rules of composition).
 *
 * It judges only: what is hashed is the password to the letter, not trimmed, cut or folded.
 * @param isCommon asked with the password folded (NFKC, lower case): is it on the list of breached and common ones?
 */
export function whyPasswordWeak(password: string, owner: PasswordOwner, isCommon: (folded: string) => boolean): PasswordWeakness | null {
  // Two UTF-16 units a character at most: refuses megabytes before anything walks them.
  if (password.length > 2 * PASSWORD_CHARACTERS_MAX) return "too_long";
  const characters = [...password].length;
  if (characters < PASSWORD_CHARACTERS_MIN) return "too_short";
  if (characters > PASSWORD_CHARACTERS_MAX) return "too_long";
  const folded = fold(password);
  if (isCommon(folded)) return "common";
  if (identitiesOf(owner).some((identity) => isMostly(folded, identity))) return "contains_identity";
  if (isTrivial([...folded])) return "trivial";
  return null;
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function identitiesOf(owner: PasswordOwner): readonly string[] {
  const [local = ""] = owner.email.split("@");
  return [local, owner.email, owner.name, owner.productName].map((text) => bare(fold(text))).filter((text) => text !== "");
}

function bare(folded: string): string {
  return folded.replace(/[^\p{L}\p{N}]/gu, "");
}

/** Fewer characters than this beside the identity are decoration (`ada-lovelace!x1`), as are digits at the end, however many. */
const DECORATION_CHARACTERS_MIN = 4;
/** A shorter identity is found within many good passwords by chance; it counts only where nothing else but digits is there. */
const IDENTITY_CHARACTERS_MIN = 4;

function isMostly(folded: string, identity: string): boolean {
  const whole = bare(folded);
  const stem = withoutEndDigits(whole);
  if (whole === identity || (stem !== "" && stem === withoutEndDigits(identity))) return true;
  if (identity.length < IDENTITY_CHARACTERS_MIN) return false;
  return [whole, stem].some((text) => text.includes(identity) && text.length - identity.length < DECORATION_CHARACTERS_MIN);
}

/** By hand: `/\d+$/` looks at each run of digits again from each of its digits. */
function withoutEndDigits(text: string): string {
  let end = text.length;
  while (end > 0 && /\p{N}/u.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

const PATTERN_CHARACTERS_MAX = 4;
/** Runs that fingers know; read in both directions, and begun again at their end. */
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"] as const;

/** One character or a short pattern over and over, or a straight run. */
function isTrivial(characters: readonly string[]): boolean {
  for (let period = 1; period <= PATTERN_CHARACTERS_MAX; period += 1) {
    if (characters.every((character, index) => index < period || character === characters[index - period])) return true;
  }
  const codes = characters.map((character) => character.codePointAt(0) ?? 0);
  const isRun = (step: number) => codes.every((code, index) => index === 0 || code - (codes[index - 1] ?? 0) === step);
  if (isRun(1) || isRun(-1)) return true;
  const forward = characters.join("");
  const backward = characters.toReversed().join("");
  return ROWS.some((row) => {
    const round = row.repeat(Math.ceil(characters.length / row.length) + 1);
    return round.includes(forward) || round.includes(backward);
  });
}

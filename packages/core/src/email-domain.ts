/** RFC 1035, 2.3.4. The bound of the whole name is looked after by that of the address. */
const LABEL_BYTES_MAX = 63;

/**
 * The ASCII form of a domain name, in lower case (`münchen.de` is `xn--mnchen-3ya.de`), or null if it is none that we take.
 *
 * Two spellings that a person cannot tell apart must not both be taken, nor one spelling mean two domains: see readsOneWay.
 */
export function toAsciiDomain(typed: string): string | null {
  const labels = typed.split(".");
  if (labels.length < 2 || !labels.every((label) => isAsciiLabel(label) || readsOneWay(label))) return null;
  const ascii = hostOf(typed);
  if (ascii === null) return null;
  const asciiLabels = ascii.split(".");
  // The URL parser maps what it takes for another spelling (0x7f.1 is 127.0.0.1): a label of ours either stays or is encoded whole.
  const isFaithful = labels.every((label, index) => {
    const made = asciiLabels[index] ?? "";
    return isAsciiLabel(made) && (isAsciiLabel(label) ? made === label.toLowerCase() : made.startsWith("xn--"));
  });
  const last = asciiLabels.at(-1) ?? "";
  return isFaithful && asciiLabels.length === labels.length && !/^[0-9]+$/.test(last) ? ascii : null;
}

/** Letters, digits and inner hyphens (RFC 1123, 2.1). */
function isAsciiLabel(label: string): boolean {
  return label.length <= LABEL_BYTES_MAX && /^[A-Za-z0-9-]+$/.test(label) && !label.startsWith("-") && !label.endsWith("-");
}

/** The WHATWG URL parser brings UTS 46 (with its checks of bidirectional text and joiners) to Node and browsers alike. */
function hostOf(domain: string): string | null {
  // Safe to build: each label has been checked above, so no character is left that could end the host.
  const url = `http://${domain}/`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}

/** Is every character of one writing system, and each in its only spelling? (After UTS 39, 5.2, and stricter.) */
function readsOneWay(label: string): boolean {
  const folded = label.toLowerCase();
  return (
    label.normalize("NFKC") === label &&
    folded.normalize("NFKC") === folded &&
    [...folded].every(survivesCase) &&
    // Letters, marks, digits and inner hyphens: what is invisible (zero width, direction) is none of these.
    /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}-]*$/u.test(folded) &&
    !folded.endsWith("-") &&
    (isAlphabetic(folded) || NEEDS_MARKS.some((system) => system.test(folded)))
  );
}

/**
 * False for what comes back from upper case as something else, and so reads or folds two ways: dotless i, sharp s and final sigma
 * (other domains in IDNA 2003 than in IDNA 2008, so older software sends the mail to somebody else), old forms of Cyrillic letters.
 */
function survivesCase(character: string): boolean {
  return character.toUpperCase().toLowerCase().normalize("NFC") === character;
}

/**
 * Alphabets whose marks NFC composes: a mark that is left over is decoration that hides a letter. Of Latin, the letters that
 * orthographies use; its phonetic letters, clicks and small capitals look like ASCII and like punctuation.
 */
function isAlphabetic(label: string): boolean {
  return !/\p{M}/u.test(label) && ALPHABETS.some((alphabet) => alphabet.test(label));
}

const ALPHABETS: readonly RegExp[] = [
  /^[a-z0-9\u00c0-\u01bf\u01c4-\u024f\u1e00-\u1eff-]+$/u,
  /^[\p{Script=Greek}0-9-]+$/u,
  /^[\p{Script=Cyrillic}0-9-]+$/u,
  /^[\p{Script=Armenian}0-9-]+$/u,
  /^[\p{Script=Georgian}0-9-]+$/u,
];

const NEEDS_MARKS: readonly RegExp[] = [
  // Written together: Japanese, Korean, Chinese.
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}0-9-]+$/u,
  /^[\p{scx=Han}\p{scx=Hangul}0-9-]+$/u,
  /^[\p{scx=Han}\p{scx=Bopomofo}0-9-]+$/u,
  /^[\p{scx=Hebrew}0-9-]+$/u,
  /^[\p{scx=Arabic}0-9-]+$/u,
  /^[\p{scx=Devanagari}0-9-]+$/u,
  /^[\p{scx=Bengali}0-9-]+$/u,
  /^[\p{scx=Gurmukhi}0-9-]+$/u,
  /^[\p{scx=Gujarati}0-9-]+$/u,
  /^[\p{scx=Oriya}0-9-]+$/u,
  /^[\p{scx=Tamil}0-9-]+$/u,
  /^[\p{scx=Telugu}0-9-]+$/u,
  /^[\p{scx=Kannada}0-9-]+$/u,
  /^[\p{scx=Malayalam}0-9-]+$/u,
  /^[\p{scx=Sinhala}0-9-]+$/u,
  /^[\p{scx=Thai}0-9-]+$/u,
  /^[\p{scx=Lao}0-9-]+$/u,
  /^[\p{scx=Khmer}0-9-]+$/u,
  /^[\p{scx=Myanmar}0-9-]+$/u,
  /^[\p{scx=Ethiopic}0-9-]+$/u,
];

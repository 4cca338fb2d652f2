/** Of a name's UTF-8 form; file systems take 255, and a number may have to be added. */
export const EXPORT_NAME_BYTES_MAX = 220;

/**
 * Where a file of an export stands: `name` within `folder`, made fit for every file system. Names come from titles that people type, so none
 * of them may lead out of the folder that an export is unpacked into, hide a file, or show another ending than it has.
 */
export function exportPath(folder: string, name: string): string {
  const steps = `${folder}/${name}`
    .split(/[\\/]+/)
    .map(safeName)
    .filter((step) => step !== "");
  return steps.length === 0 ? "file" : steps.join("/");
}

/** The path with a number before its ending, where the path itself is taken: `notes-2.md`. */
export function numberedPath(path: string, number: number): string {
  const ending = endingOf(path);
  return `${path.slice(0, path.length - ending.length)}-${number}${ending}`;
}

/** Two paths with the same one are one file on some file system: Windows and macOS do not tell large letters from small ones. */
export const foldedPath = (path: string): string => path.normalize("NFKC").toUpperCase().normalize("NFKC");

/** Devices of Windows, which are no files, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

function safeName(name: string): string {
  const plain = name
    .toWellFormed()
    .normalize("NFC")
    // Letters, marks and digits of any script, and no invisible character.
    .replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, "-")
    // A dot in front hides a file and two are a way out, a dash in front is an option of a command; Windows cuts off a dot at the end.
    .replaceAll(/^[.-]+|[.-]+$/g, "");
  const short = shortened(plain);
  return RESERVED.test(short) ? `_${short}` : short;
}

function shortened(name: string): string {
  const ending = endingOf(name);
  let left = EXPORT_NAME_BYTES_MAX - ending.length;
  let stem = "";
  for (const character of name.slice(0, name.length - ending.length)) {
    left -= bytesOf(character);
    if (left < 0) break;
    stem += character;
  }
  return stem.replace(/[.-]+$/, "") + ending;
}

const endingOf = (path: string): string => /(?<=[^/])\.[A-Za-z0-9]{1,8}$/.exec(path)?.[0] ?? "";

/** Of one character in UTF-8 (RFC 3629, section 3). */
function bytesOf(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x1_00_00 ? 3 : 4;
}

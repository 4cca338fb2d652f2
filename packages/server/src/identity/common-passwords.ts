import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PASSWORD_CHARACTERS_MIN } from "@gatehouse/core";

/**
 * Is the password on the list of breached and common ones? Some 18,000 of eight characters and more
 * (@zxcvbn-ts/language-common, MIT). Nothing is asked of anybody outside.
 * @param folded the password in NFKC and lower case, as `whyPasswordWeak` asks
 */
export function isCommonPassword(folded: string): boolean {
  list ??= readList();
  return list.has(folded);
}

/** Read at the first question: a process that only works through jobs never needs it. One list, the same for everybody: no state. */
let list: ReadonlySet<string> | null = null;

/** The package's plain JSON: its entry point would load keyboard graphs and two more word lists, at eight times the memory. */
const LIST_FILE = "@zxcvbn-ts/language-common/src/passwords.json";

function readList(): ReadonlySet<string> {
  const entries: unknown = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(LIST_FILE), "utf8"));
  if (!Array.isArray(entries)) throw new Error(`${LIST_FILE} is not a list`);
  // Shorter ones are refused for their length before anybody asks.
  return new Set(entries.filter((entry): entry is string => typeof entry === "string" && entry.length >= PASSWORD_CHARACTERS_MIN));
}

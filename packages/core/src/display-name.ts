const CHARACTERS_MAX = 120;

/**
 * A person's name as a provider tells it, made fit to be shown and mailed: one line without control characters. Where nothing is left of
 * it, the part of the address before the @ stands in.
 */
export function displayName(told: unknown, email: string): string {
  const name = typeof told === "string" ? oneLine(told) : "";
  return name || oneLine(email.slice(0, email.indexOf("@"))) || "New user";
}

function oneLine(text: string): string {
  const plain = text
    .slice(0, CHARACTERS_MAX * 4)
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.slice(0, CHARACTERS_MAX).toWellFormed().replaceAll("\ufffd", "").trim();
}

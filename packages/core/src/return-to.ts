const CHARACTERS_MAX = 500;

/**
 * Where to go after signing in: a path of our own, or null for the default. What a browser would read as another site (`//e`, `/\e`,
 * `https:e`, a scheme, a tab or line break between) is no path (CS-7).
 */
export function ownPath(wanted: string | null | undefined): string | null {
  if (!wanted || wanted.length > CHARACTERS_MAX) return null;
  // Printable ASCII without the backslash, which browsers read as a slash.
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return null;
  return wanted.startsWith("//") ? null : wanted;
}

import { invalid } from "../refusal.ts";

/** What a form decodes to: every value is a string, as it was sent. */
export type Raw = string | RawObject;
export type RawObject = { readonly [key: string]: Raw };
type Growing = { [key: string]: string | Growing };

const DEPTH_MAX = 12;

/**
 * Decodes `items[0][price]=x&expand[]=y` to nested objects; places of a list become the keys "0", "1", ...
 * @throws StripeRefusal 400 for a name that cannot be nested
 */
export function decodeForm(encoded: string): RawObject {
  const root: Growing = {};
  for (const [name, value] of new URLSearchParams(encoded)) place(root, pathOf(name), value);
  return root;
}

function pathOf(name: string): string[] {
  const open = name.indexOf("[");
  if (open === -1) return [name];
  const keys = name
    .slice(open + 1)
    .replace(/\]$/, "")
    .split("][");
  return [name.slice(0, open), ...keys];
}

function place(root: Growing, path: readonly string[], value: string): void {
  if (path.length > DEPTH_MAX) throw invalid("Invalid request: parameters are nested too deeply.");
  let object = root;
  for (const [index, part] of path.entries()) {
    const key = part === "" ? String(Object.keys(object).length) : part;
    if (key === "__proto__") throw invalid(`Received unknown parameter: ${key}`, { code: "parameter_unknown", param: key });
    if (index === path.length - 1) object[key] = value;
    else {
      const inner = object[key];
      const next: Growing = typeof inner === "object" ? inner : {};
      object[key] = next;
      object = next;
    }
  }
}

const PREFIX = "gatehouse.";

/**
 * Remembers something for this tab until it is closed, over a reload and over the way to a provider and back. Another tab does not see it,
 * and a browser that forbids it remembers only as long as the page is open.
 */
export function keep(name, value) {
  try {
    sessionStorage.setItem(PREFIX + name, value);
  } catch {}
}

/** What this tab remembers under the name, or null. */
export function kept(name) {
  try {
    return sessionStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function forget(name) {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {}
}

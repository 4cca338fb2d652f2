import { isIPv6 } from "node:net";
import type { App, Tx } from "./app.ts";
import { countTry, forgetTries } from "./rate-limits.store.ts";
import { refuse } from "./refuse.ts";

/** How often something may be tried: `limit` times in `windowSeconds`, by what `key` names. */
export interface Limit {
  /** `<area>.<what>`: part of the bucket, so that limits do not touch each other. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly key: string;
}

/**
 * Counts the try against each limit, whatever the answer will be, so that the count tells nobody whether an address exists (EN-5).
 * @throws Refusal rate_limited with the seconds to wait, when any is used up
 */
export async function limitTries(app: Pick<App, "db" | "clock" | "secrets" | "config">, limits: readonly Limit[]): Promise<void> {
  const worst = await countTries(app, limits);
  if (worst > 0) refuse("rate_limited", { retryAfterSeconds: worst });
}

/** @returns seconds to wait for the slowest limit that is used up, 0 when all let pass */
export function countTries(app: Pick<App, "db" | "clock" | "secrets" | "config">, limits: readonly Limit[]): Promise<number> {
  const factor = app.config.rateLimitFactor;
  if (factor === 0) return Promise.resolve(0);
  const now = app.clock.now();
  return app.db.asSystem("rate limits are counted before anybody is known", async (tx) => {
    let wait = 0;
    for (const { name, limit, windowSeconds, key } of limits) {
      const { used, windowEndsAt } = await countTry(tx, bucketOf(app, { name, key }), windowSeconds, now);
      if (used > Math.max(1, Math.floor(limit * factor))) wait = Math.max(wait, Math.ceil((windowEndsAt.getTime() - now.getTime()) / 1000));
    }
    return wait;
  });
}

/** After a right password the failures before it no longer count. */
export const forgiveTries = (app: Pick<App, "secrets">, tx: Tx, limit: Pick<Limit, "name" | "key">): Promise<void> =>
  forgetTries(tx, bucketOf(app, limit));

/** Keyed, so that the table does not tell whose tries it counts. */
const bucketOf = (app: Pick<App, "secrets">, { name, key }: Pick<Limit, "name" | "key">): Buffer =>
  app.secrets.digest("rate-limit", `${name}\n${key}`);

/** What counts as one source: an IPv4 address, or the /64 that an IPv6 customer gets (PW-8). */
export function sourceOf(ip: string | null): string {
  if (ip === null) return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1]) return mapped[1];
  return isIPv6(ip) ? firstGroups(ip, 4) : ip;
}

function firstGroups(ip: string, count: number): string {
  const [head = "", tail = ""] = ip.toLowerCase().split("%")[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const zeros = ip.includes("::") ? Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0") : [];
  const groups = [...left, ...zeros, ...right].slice(0, count).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(":")}::/64`;
}

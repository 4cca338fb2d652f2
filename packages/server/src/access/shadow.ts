import type { GuardName } from "@gatehouse/core";
import type { Clock } from "../platform/clock.ts";
import type { Config } from "../platform/config.ts";

/** How often a guard in shadow would have refused an account for one reason on one day. */
export interface RefusalCount {
  readonly accountId: string;
  readonly guard: GuardName;
  readonly reason: string;
  /** In UTC: `2026-01-31`. */
  readonly day: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/**
 * What guards in shadow would have refused, in memory: a request writes nothing (law 2). It is added up in the database every minute, so
 * that a crash loses a minute at most.
 */
export interface Shadow {
  /** Does the guard only count? Then this refusal is counted. A deleted account stays shut: it is to be erased, whatever is rehearsed. */
  letsPass(guard: GuardName, accountId: string, reason: string): boolean;
  /** What was counted since the last time, and how many there was no room for. */
  take(): { readonly counts: readonly RefusalCount[]; readonly dropped: number };
  /** What could not be stored is counted on. */
  giveBack(counts: readonly RefusalCount[]): void;
}

interface Parts {
  readonly clock: Pick<Clock, "now">;
  readonly config: Pick<Config, "guardsShadow">;
}

/** Kept between two flushes; beyond, what is new is only counted as dropped, so that a flood cannot fill the memory. */
const COUNTS_MAX = 20_000;

export function openShadow(app: Parts, countsMax = COUNTS_MAX): Shadow {
  let counts = new Map<string, RefusalCount>();
  let dropped = 0;
  const add = (more: RefusalCount): void => {
    const key = `${more.accountId} ${more.guard} ${more.reason} ${more.day}`;
    const known = counts.get(key);
    if (known === undefined && counts.size >= countsMax) dropped += more.count;
    else counts.set(key, known === undefined ? more : sum(known, more));
  };
  return {
    letsPass(guard, accountId, reason) {
      if (!app.config.guardsShadow.includes(guard) || reason === "account_deleted") return false;
      const now = app.clock.now();
      add({ accountId, guard, reason, day: now.toISOString().slice(0, 10), count: 1, firstAt: now, lastAt: now });
      return true;
    },
    take() {
      const taken = { counts: [...counts.values()], dropped };
      counts = new Map();
      dropped = 0;
      return taken;
    },
    giveBack(back) {
      for (const count of back) add(count);
    },
  };
}

const sum = (one: RefusalCount, other: RefusalCount): RefusalCount => ({
  ...one,
  count: one.count + other.count,
  firstAt: one.firstAt < other.firstAt ? one.firstAt : other.firstAt,
  lastAt: one.lastAt > other.lastAt ? one.lastAt : other.lastAt,
});

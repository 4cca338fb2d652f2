import type { App, Tx } from "../platform/app.ts";
import { stopwatch } from "../platform/clock.ts";
import { loadImpersonatedFacts, loadSessionFacts, type SessionFacts } from "./facts.store.ts";
import { openTaggedEntries } from "./tagged-entries.ts";

/** An entry is never older, whatever word of a change was missed (SE-4). */
export const FRESH_SECONDS = 5;
/** Sessions kept; beyond, the oldest entry goes, so that a flood of sessions cannot fill the memory (IV-10). */
const ENTRIES_MAX = 20_000;

/** What a change is about; every entry that has the tag is dropped. */
export type FactTag = `account:${string}` | `user:${string}` | `session:${string}`;

/**
 * Facts of sessions, in process. It holds facts and not decisions: `now` is applied at each request.
 *
 * A change tells all processes in the transaction that makes it (NOTIFY), and this one before that call returns. A fill that began before
 * such a word is not kept: it may have read what was before.
 */
export interface FactsCache {
  /**
   * Synchronous when the facts are fresh. null: no such session in that account.
   * @param kind of what `sessionId` is the id
   */
  get(sessionId: string, accountId: string, kind?: SessionKind): SessionFacts | null | Promise<SessionFacts | null>;
  readonly size: number;
}

/** A person's own, or an operator's who looks at their account. */
type SessionKind = "session" | "impersonation";

interface Entry {
  readonly facts: SessionFacts;
  readonly loadedAt: number;
}

/** Tells every process that facts have changed, when `tx` commits. */
export async function factsChanged(app: Pick<App, "signals">, tx: Tx, ...tags: readonly FactTag[]): Promise<void> {
  for (const tag of new Set(tags)) await app.signals.publish(tx, "facts", tag);
}

/** As `factsChanged`, of so many that a statement each would take its time. */
export const manyFactsChanged = (app: Pick<App, "signals">, tx: Tx, tags: readonly FactTag[]): Promise<void> =>
  app.signals.publishAll(tx, "facts", tags);

export function openFactsCache(app: Pick<App, "db" | "signals">, seconds: () => number = stopwatch): FactsCache {
  const entries = openTaggedEntries<Entry>(ENTRIES_MAX);
  const filling = new Map<string, Promise<SessionFacts | null>>();
  /** Counts the words of changes, so that a fill can tell whether one came while it read. */
  let changes = 0;

  const fill = async (key: string, sessionId: string, accountId: string, kind: SessionKind): Promise<SessionFacts | null> => {
    const before = changes;
    const startedAt = seconds();
    const facts = await app.db.asSystem("a session check reads person and account at once", (tx) =>
      (kind === "session" ? loadSessionFacts : loadImpersonatedFacts)(tx, sessionId, accountId),
    );
    if (facts && before === changes) entries.set(key, { facts, loadedAt: startedAt }, tagsOf(facts));
    return facts;
  };
  app.signals.on("facts", (tag) => {
    changes += 1;
    // A fill under way may be joined by nobody who comes after the change.
    filling.clear();
    entries.removeTagged(tag);
  });
  app.signals.onGap(() => {
    changes += 1;
    filling.clear();
    entries.clear();
  });

  return {
    get(sessionId, accountId, kind = "session") {
      const key = `${sessionId}:${accountId}`;
      const entry = entries.get(key);
      if (entry && seconds() - entry.loadedAt < FRESH_SECONDS) return entry.facts;
      const underWay = filling.get(key);
      if (underWay) return underWay;
      const started = fill(key, sessionId, accountId, kind).finally(() => {
        if (filling.get(key) === started) filling.delete(key);
      });
      filling.set(key, started);
      return started;
    },
    get size() {
      return entries.size;
    },
  };
}

const tagsOf = ({ account, user, sessionId, impersonation }: SessionFacts): FactTag[] => [
  `account:${account.id}`,
  `user:${user.id}`,
  `session:${sessionId}`,
  // Whoever is no operator any more, or signs out, looks no further.
  ...(impersonation ? ([`user:${impersonation.operatorId}`, `session:${impersonation.operatorSessionId}`] as const) : []),
];

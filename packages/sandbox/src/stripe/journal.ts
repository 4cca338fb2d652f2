import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { StripeEvent } from "./engine-face.ts";
import type { EventLog } from "./event-log.ts";
import type { SavedAnswer } from "./http/idempotency.ts";
import type { Change } from "./recorder.ts";
import type { State } from "./state.ts";
import type { Kept } from "./table.ts";

/** A line of the journal: what one change was made of. Short names, since there are many. */
interface Line {
  /** Ids made so far. */
  readonly n?: number;
  readonly c?: readonly Entry[];
  /** An answer that is kept under its idempotency key. */
  readonly k?: SavedAnswer;
}
type Entry =
  | { readonly p: readonly [table: string, object: Kept] }
  | { readonly r: readonly [table: string, id: string] }
  /** An event; its object is that of the put at this place in the same line, unless the event itself holds one. */
  | { readonly e: StripeEvent; readonly o?: number }
  | { readonly d: string };

export interface Journal {
  /** Returns when it is written: a process that is killed afterwards loses nothing. */
  append(changes: readonly Change[], minted: number): void;
  appendAnswer(answer: SavedAnswer): void;
  close(): void;
}

export interface Restored {
  readonly minted: number;
  readonly answers: readonly SavedAnswer[];
}

const NAME = "stripe-journal.jsonl";
const ENTRIES_A_LINE = 500;

/** Reads what an earlier process wrote, without what it was just writing when it was killed. */
export function readJournal(home: string, state: State, log: EventLog): Restored {
  const answers: SavedAnswer[] = [];
  let minted = 0;
  for (const line of linesOf(join(home, NAME))) {
    minted = Math.max(minted, line.n ?? 0);
    if (line.k !== undefined) answers.push(line.k);
    if (line.c !== undefined) enter(line.c, state, log);
  }
  return { minted, answers };
}

function linesOf(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  // What stands after the last line's end was not written to its end, and was not answered.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

function enter(entries: readonly Entry[], state: State, log: EventLog): void {
  // The journal is ours: what was put into a table fits it.
  const tables = state as unknown as Record<string, { put(object: Kept): unknown; remove(id: string): void } | undefined>;
  for (const entry of entries) {
    if ("p" in entry) tables[entry.p[0]]?.put(entry.p[1]);
    else if ("r" in entry) tables[entry.r[0]]?.remove(entry.r[1]);
    else if ("d" in entry) {
      const event = log.get(entry.d);
      if (event !== undefined) log.replace({ ...event, pending_webhooks: 0 });
    } else log.append(withObject(entry.e, entry.o === undefined ? undefined : entries[entry.o]));
  }
}

function withObject(event: StripeEvent, put: Entry | undefined): StripeEvent {
  return put !== undefined && "p" in put ? { ...event, data: { ...event.data, object: put.p[1] } } : event;
}

/** Writes the present state anew, in place of how it came about, and goes on from there. */
export function openJournal(home: string, state: State, log: EventLog, restored: Restored): Journal {
  mkdirSync(home, { recursive: true });
  const path = join(home, NAME);
  const fresh = openSync(`${path}.new`, "w", 0o600);
  for (const line of compacted(state, log, restored)) writeSync(fresh, `${JSON.stringify(line)}\n`);
  fsyncSync(fresh);
  renameSync(`${path}.new`, path);
  return {
    append: (changes, minted) => {
      writeSync(fresh, `${JSON.stringify({ n: minted, c: entriesOf(changes) } satisfies Line)}\n`);
    },
    appendAnswer: (answer) => {
      writeSync(fresh, `${JSON.stringify({ k: answer } satisfies Line)}\n`);
    },
    close: () => closeSync(fresh),
  };
}

function* compacted(state: State, log: EventLog, { minted, answers }: Restored): Generator<Line> {
  let entries: Entry[] = [];
  for (const [name, table] of Object.entries(state))
    for (const object of table.walk({ oldestFirst: true })) {
      entries.push({ p: [name, object] });
      if (entries.length === ENTRIES_A_LINE) {
        yield { n: minted, c: entries };
        entries = [];
      }
    }
  yield { n: minted, c: entries };
  for (const event of log.all()) yield { c: [{ e: event }] };
  for (const answer of answers) yield { k: answer };
}

function entriesOf(changes: readonly Change[]): Entry[] {
  const places = new Map<unknown, number>();
  return changes.map((change, place) => {
    if (change.kind === "put") places.set(change.object, place);
    return entryOf(change, change.kind === "event" ? places.get(change.event.data.object) : undefined);
  });
}

/** @param put where in the line the object of an event stands */
function entryOf(change: Change, put: number | undefined): Entry {
  switch (change.kind) {
    case "put":
      return { p: [change.table, change.object] };
    case "remove":
      return { r: [change.table, change.id] };
    case "delivered":
      return { d: change.id };
    case "event":
      return put === undefined ? { e: change.event } : { e: { ...change.event, data: { ...change.event.data, object: {} } }, o: put };
  }
}

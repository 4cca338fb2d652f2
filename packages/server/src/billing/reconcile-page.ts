import {
  differencesOf,
  noticesOf,
  type Observation,
  type ObservedSubscription,
  type PriceBook,
  readSubscription,
  recordOf,
} from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { Refusal } from "../platform/refuse.ts";
import { isSame } from "./apply-observation.ts";
import { findAccountOfCustomer, findAccountsOfCustomers, lockCustomer } from "./billing-customers.store.ts";
import { listTold } from "./notices.store.ts";
import { loadPriceBook } from "./prices.store.ts";
import { type ReadParts, settleReading } from "./read-from-stripe.ts";
import { noteChange, type ReconciliationChange } from "./reconciliation-changes.store.ts";
import { NO_COUNTS, type ReconciliationCounts } from "./reconciliations.store.ts";
import { confirmSubscriptions, findSubscription, findSubscriptions, type OwnedSubscription } from "./subscriptions.store.ts";

type Parts = ReadParts & Pick<App, "db">;

/** What changes a subscription says so in the history. */
export const RECONCILIATION = "reconciliation";

export interface ReadPage {
  readonly observations: readonly Observation[];
  /** Taken before any of them was read. */
  readonly ticket: number;
}
export interface SettledPage {
  /** Changes are counted with each change, where there is a run to count them. */
  readonly counts: ReconciliationCounts;
  readonly changes: readonly ReconciliationChange[];
  /** What was found and changed nothing: to be noted with the end of the page. */
  readonly notes: readonly ReconciliationChange[];
}

/**
 * Makes what was read the fact, account by account. What is as we have it already costs one statement for the whole page: 10,000
 * subscriptions must not be 10,000 transactions.
 *
 * @param runId where changes are noted, each in its transaction; null: a dry run, of which nothing remains
 */
export async function settlePage(app: Parts, page: ReadPage, runId: string | null): Promise<SettledPage> {
  const readings = page.observations.map(readable);
  const { done, unmatched } = await app.db.asSystem("a page of subscriptions, of whichever accounts", (tx) =>
    confirmWhatStands(app, tx, readings, page.ticket, runId === null),
  );
  const found: ReconciliationChange[] = [];
  let strangers = unmatched;
  for (const reading of readings) {
    if (done.has(reading.seen.id)) continue;
    const end = await settleAlone(app, reading, page.ticket, runId);
    if (end === "unmatched") strangers += 1;
    else if (end !== null) found.push(end);
  }
  const count = (what: ReconciliationChange["what"]): number => found.filter((change) => change.what === what).length;
  const isChange = ({ what }: ReconciliationChange): boolean => what === "new" || what === "changed";
  return {
    counts: { ...NO_COUNTS, seen: readings.length, unmatched: strangers, quarantined: count("quarantined"), failed: count("failed") },
    changes: found.filter(isChange),
    notes: found.filter((change) => !isChange(change)),
  };
}

interface Readable {
  readonly observation: Observation;
  readonly seen: ObservedSubscription;
}
function readable(observation: Observation): Readable {
  const seen = readSubscription(observation.subscription);
  if (seen === null) throw new Error("Stripe answered with something that is no subscription");
  return { observation, seen };
}

interface Stands {
  readonly done: ReadonlySet<string>;
  readonly unmatched: number;
}
/** Confirms what is as we have it. What is nobody's, and never could be, needs nothing either. */
async function confirmWhatStands(app: Parts, tx: Tx, readings: readonly Readable[], ticket: number, isDry: boolean): Promise<Stands> {
  const customers = readings.flatMap(({ seen }) => (seen.customerId === null ? [] : [seen.customerId]));
  const owners = await findAccountsOfCustomers(tx, [...new Set(customers)]);
  const stored = await findSubscriptions(
    tx,
    readings.map(({ seen }) => seen.id),
  );
  const book = await loadPriceBook(tx, app.stripe.livemode, app.catalogue);
  const now = app.clock.now();
  const strangers = new Set<string>();
  const same: OwnedSubscription[] = [];
  const news: { accountId: string; key: string; id: string }[] = [];
  for (const reading of readings) {
    const { seen } = reading;
    const owner = seen.customerId === null ? null : (owners.get(seen.customerId) ?? null);
    const row = stored.find((one) => one.record.id === seen.id) ?? null;
    if (row === null && owner === null && seen.accountId === null) strangers.add(seen.id);
    if (row === null || seen.customerId === null || seen.livemode !== app.stripe.livemode) continue;
    const isItsOwner = (owner === null || owner === row.accountId) && (seen.accountId === null || seen.accountId === row.accountId);
    if (!isItsOwner || row.ticket >= ticket || !isAsStored(reading, row, book, now)) continue;
    same.push(row);
    for (const { key } of noticesOf(row.record, now)) news.push({ accountId: row.accountId, key, id: seen.id });
  }
  const told = await listTold(tx, news);
  const untold = new Set(news.filter(({ accountId, key }) => !told.has(`${accountId} ${key}`)).map(({ id }) => id));
  const standing = same.filter(({ record }) => !untold.has(record.id));
  const confirmed = isDry
    ? standing.map(({ record }) => record.id)
    : await confirmSubscriptions(
        tx,
        standing.map((row) => ({ accountId: row.accountId, id: row.record.id, ticket: row.ticket })),
        ticket,
      );
  return { done: new Set([...strangers, ...confirmed]), unmatched: strangers.size };
}

/** An alarm is sounded by whoever settles it. */
function isAsStored({ observation }: Readable, row: OwnedSubscription, book: PriceBook, now: Date): boolean {
  const read = recordOf(observation, book, row.record, now);
  return read !== null && read.alarms.length === 0 && isSame(read.record, row.record);
}

/** Thrown to undo a dry run's transaction; holds what would have been. */
class Undone extends Error {
  readonly end: AloneEnd;
  constructor(end: AloneEnd) {
    super("a dry run");
    this.end = end;
  }
}
type AloneEnd = ReconciliationChange | "unmatched" | null;

/** One that cannot be settled must not keep the others from it: it is noted, and tried again by the next run. */
async function settleAlone(app: Parts, reading: Readable, ticket: number, runId: string | null): Promise<AloneEnd> {
  try {
    return await app.db.asSystem("whose subscription it is shows when it is matched", async (tx) => {
      const end = await settleAndTell(app, tx, reading, ticket);
      if (runId === null) throw new Undone(end);
      if (end !== null && end !== "unmatched" && end.what !== "quarantined")
        await noteChange(tx, { id: runId, noteId: app.ids.next() }, end);
      return end;
    });
  } catch (error) {
    if (error instanceof Undone) return error.end;
    if (error instanceof Refusal) throw error;
    app.log.error({ err: error, subscription: reading.seen.id }, "alarm: a subscription could not be reconciled");
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    return { what: "failed", accountId: null, subscriptionId: reading.seen.id, differences: [], why };
  }
}

async function settleAndTell(app: Parts, tx: Tx, { observation, seen }: Readable, ticket: number): Promise<AloneEnd> {
  const owner = seen.customerId === null ? null : await findAccountOfCustomer(tx, seen.customerId);
  // Before its row is looked at, so that no event comes between: what is told is what this changed.
  if (owner !== null) await lockCustomer(tx, owner, app.clock.now());
  const before = await findSubscription(tx, seen.id);
  const end = await settleReading(app, tx, { observation, ticket, cause: RECONCILIATION });
  if (end.outcome === "unmatched") return "unmatched";
  const subscriptionId = seen.id;
  if (end.outcome === "quarantined")
    return { what: "quarantined", accountId: before?.accountId ?? null, subscriptionId, differences: [], why: end.reason };
  if (end.outcome !== "applied") return null;
  const after = await findSubscription(tx, seen.id);
  const differences = differencesOf(before?.record ?? null, after?.record ?? null);
  const { accountId } = end;
  return before === null
    ? { what: "new", accountId, subscriptionId, differences, why: "Stripe has it, and we had not heard of it" }
    : { what: "changed", accountId, subscriptionId, differences, why: "Stripe has it differently, and no event had told us" };
}

import { differencesOf, type FieldDifference, type PriceBook, rebuildRecord, type SubscriptionRecord } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { historyValueOf } from "./apply-observation.ts";
import { lockCustomer } from "./billing-customers.store.ts";
import { type KeptObservation, listAccountsObserved, listObservations } from "./observations.store.ts";
import { loadPriceBook } from "./prices.store.ts";
import { listSubscriptionsOf, type OwnedSubscription, replaceSubscription } from "./subscriptions.store.ts";

type Parts = Pick<App, "db" | "clock" | "ids" | "signals" | "stripe" | "catalogue">;

/** Small: of each account, everything that was ever read is held at once. */
const PAGE = 50;

/** A subscription whose row is not what its observations say. */
export interface RebuildFinding {
  /**
   * `differs`: the observations say otherwise. `no_row`: they tell of a subscription that has no row. `unobserved`: nothing tells of the row.
   * `unpriced`: no price of today gives its plan; the stored one stays (L9), and the rest is as the observations say.
   */
  readonly kind: "differs" | "no_row" | "unobserved" | "unpriced";
  readonly accountId: string;
  readonly subscriptionId: string;
  /** `was` is what is stored, `is` what the observations say. */
  readonly differences: readonly FieldDifference[];
}
export interface Rebuilt {
  readonly accounts: number;
  readonly subscriptions: number;
  readonly findings: number;
  readonly written: number;
}

/**
 * Makes every subscription anew from what was read from Stripe, with the prices of today, and compares (law 3). Stripe is not asked.
 *
 * A row that nothing was observed of is told of, and stays. Doing it again finds nothing more.
 * @param writes false: finds, and changes nothing
 * @param tell called with each finding, after it was written
 */
export async function rebuildSubscriptions(app: Parts, writes: boolean, tell: (finding: RebuildFinding) => void): Promise<Rebuilt> {
  const sum = { accounts: 0, subscriptions: 0, findings: 0, written: 0 };
  let after: string | null = null;
  do {
    const from: string | null = after;
    const page = await app.db.asSystem("rebuild: all accounts", async (tx) => {
      const accountIds = await listAccountsObserved(tx, from, PAGE);
      return { accountIds, compared: await compare(app, tx, accountIds) };
    });
    sum.accounts += page.accountIds.length;
    sum.subscriptions += page.compared.length;
    const accountsToMend = new Set(page.compared.filter(isFinding).map(({ accountId }) => accountId));
    for (const accountId of accountsToMend) {
      const found = writes
        ? await mendAccount(app, accountId)
        : page.compared.filter((one) => one.accountId === accountId && isFinding(one));
      for (const one of found) {
        sum.findings += 1;
        if (writes && isToBeWritten(one)) sum.written += 1;
        tell(findingOf(one));
      }
    }
    after = page.accountIds.length === PAGE ? (page.accountIds.at(-1) ?? null) : null;
  } while (after !== null);
  return sum;
}

interface Compared {
  readonly accountId: string;
  readonly subscriptionId: string;
  readonly stored: SubscriptionRecord | null;
  /** null: nothing was observed. */
  readonly rebuilt: SubscriptionRecord | null;
  readonly isUnpriced: boolean;
  /** Of the newest observation. */
  readonly ticket: number;
}

async function compare(app: Pick<Parts, "stripe" | "catalogue">, tx: Tx, accountIds: readonly string[]): Promise<Compared[]> {
  const observations = await listObservations(tx, accountIds);
  const rows = await listSubscriptionsOf(tx, accountIds);
  const book = await loadPriceBook(tx, app.stripe.livemode, app.catalogue);
  return [...observedOnes(observations, rows, book), ...unobservedOnes(observations, rows)];
}

function observedOnes(observations: readonly KeptObservation[], rows: readonly OwnedSubscription[], book: PriceBook): Compared[] {
  const bySubscription = Map.groupBy(observations, ({ accountId, subscriptionId }) => `${accountId} ${subscriptionId}`);
  return [...bySubscription.values()].flatMap((seen) => {
    const newest = seen.at(-1);
    if (!newest) return [];
    const { accountId, subscriptionId, ticket } = newest;
    const row = rows.find((one) => one.accountId === accountId && one.record.id === subscriptionId);
    const stored = row?.record ?? null;
    const rebuilt = rebuildRecord(seen, book);
    const isUnpriced = rebuilt !== null && rebuilt.plan === null && stored !== null && stored.plan !== null;
    // With the key of the other mode, or a catalogue that is not applied yet, no price is known: that must take nobody's plan away.
    const kept = isUnpriced ? { ...rebuilt, ...boughtBy(stored) } : rebuilt;
    return [{ accountId, subscriptionId, ticket, stored, rebuilt: kept, isUnpriced }];
  });
}

const boughtBy = ({ plan, itemId, priceId, interval }: SubscriptionRecord) => ({ plan, itemId, priceId, interval });

function unobservedOnes(observations: readonly KeptObservation[], rows: readonly OwnedSubscription[]): Compared[] {
  const seen = new Set(observations.map(({ accountId, subscriptionId }) => `${accountId} ${subscriptionId}`));
  return rows
    .filter(({ accountId, record }) => !seen.has(`${accountId} ${record.id}`))
    .map(({ accountId, record, ticket }) => ({
      accountId,
      subscriptionId: record.id,
      ticket,
      stored: record,
      rebuilt: null,
      isUnpriced: false,
    }));
}

function isFinding({ stored, rebuilt, isUnpriced }: Compared): boolean {
  return rebuilt === null || isUnpriced || differencesOf(stored, rebuilt).length > 0;
}
const isToBeWritten = ({ stored, rebuilt }: Compared): boolean => rebuilt !== null && differencesOf(stored, rebuilt).length > 0;

function findingOf({ accountId, subscriptionId, stored, rebuilt, isUnpriced }: Compared): RebuildFinding {
  const kind = rebuilt === null ? "unobserved" : stored === null ? "no_row" : isUnpriced ? "unpriced" : "differs";
  return { kind, accountId, subscriptionId, differences: rebuilt === null ? [] : differencesOf(stored, rebuilt) };
}

/** Looked at again under the lock: an event may have come since. @returns what was found then, and was mended where it could be */
function mendAccount(app: Parts, accountId: string): Promise<Compared[]> {
  return app.db.forAccount(accountId, async (tx) => {
    await lockCustomer(tx, accountId, app.clock.now());
    const found = (await compare(app, tx, [accountId])).filter(isFinding);
    for (const { subscriptionId, rebuilt, ticket } of found.filter(isToBeWritten)) {
      if (rebuilt === null) continue;
      await replaceSubscription(tx, accountId, rebuilt, ticket);
      const value = historyValueOf(rebuilt);
      await recordFact(app, tx, {
        accountId,
        kind: "stripe_subscription",
        subjectId: subscriptionId,
        value,
        validFrom: app.clock.now(),
        cause: "rebuild",
      });
    }
    if (found.some(isToBeWritten)) await factsChanged(app, tx, `account:${accountId}`);
    return found;
  });
}

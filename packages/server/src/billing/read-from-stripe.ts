import { type Observation, readSubscription } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import type { StripeCalls } from "../platform/stripe.ts";
import { type Applied, applyObservation } from "./apply-observation.ts";
import { type AccountMatch, matchAccount } from "./match-account.ts";
import { loadPriceBook } from "./prices.store.ts";

export type ReadParts = Pick<App, "clock" | "ids" | "jobs" | "signals" | "log" | "catalogue" | "stripe">;

/** What became of one subscription that was read. */
export type ReadingEnd =
  | { readonly outcome: Applied; readonly accountId: string; readonly subscriptionId: string }
  | { readonly outcome: "unmatched" | "quarantined"; readonly reason: string; readonly subscriptionId: string };

/**
 * Finds whose subscription was read, and makes it that account's fact.
 * @param tx the system's: before it is matched, no account is known
 */
export async function settleReading(
  app: ReadParts,
  tx: Tx,
  reading: { readonly observation: Observation; readonly ticket: number; readonly cause: string },
): Promise<ReadingEnd> {
  const seen = readSubscription(reading.observation.subscription);
  if (seen === null) throw new Error("Stripe answered with something that is no subscription");
  if (seen.livemode !== app.stripe.livemode)
    return { outcome: "quarantined", reason: "it is of the other mode than our key", subscriptionId: seen.id };
  const match: AccountMatch = await matchAccount(tx, seen, app.clock.now());
  if (match.kind !== "matched") {
    if (match.kind === "quarantined")
      app.log.error({ subscription: seen.id, reason: match.reason }, "alarm: a subscription is quarantined");
    return { outcome: match.kind, reason: match.reason, subscriptionId: seen.id };
  }
  const book = await loadPriceBook(tx, app.stripe.livemode, app.catalogue);
  const outcome = await applyObservation(app, tx, match.accountId, reading, book);
  return { outcome, accountId: match.accountId, subscriptionId: seen.id };
}

/** Every subscription of a customer, from the list and, where the customer is gone, one by one. Outside any transaction. */
export async function readAllOf(calls: StripeCalls, customerId: string, known: readonly string[]): Promise<readonly Observation[]> {
  const listed = await calls.readSubscriptionsOf(customerId);
  const ids = new Set((listed ?? []).map((one) => readSubscription(one.subscription)?.id));
  const rest: Observation[] = [];
  for (const id of known) {
    if (ids.has(id)) continue;
    const one = await calls.readSubscription(id);
    if (one !== null) rest.push(one);
  }
  return [...(listed ?? []), ...rest];
}

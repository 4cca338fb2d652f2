import {
  type ObservedInvoice,
  type ObservedItem,
  type ObservedSubscription,
  readInvoice,
  readSubscription,
} from "./stripe-subscription.ts";

/** What was read from Stripe in one go: the subscription, and the invoices that wait to be paid where there may be some. */
export interface Observation {
  readonly subscription: unknown;
  readonly openInvoices: readonly unknown[];
}

/** A price that we sell or sold, by everything that it can be known by at Stripe. */
export interface PriceEntry {
  readonly plan: string;
  /** Of two plans in one subscription the higher one counts: both are paid for. */
  readonly planRank: number;
  readonly priceId: string;
  readonly lookupKey: string | null;
  readonly productId: string | null;
  readonly isPerSeat: boolean;
}
export type PriceBook = readonly PriceEntry[];

/** The oldest invoice that waits to be paid, and what may happen next. */
export interface OpenInvoice {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly attemptCount: number;
  readonly nextAttemptAt: Date | null;
  readonly url: string | null;
  readonly needsAction: boolean;
}

/** What we keep of a subscription: a function of what Stripe says, of our prices, and of nothing that depends on the order of deliveries. */
export interface SubscriptionRecord {
  readonly id: string;
  readonly customerId: string | null;
  readonly status: string;
  readonly plan: string | null;
  readonly itemId: string | null;
  readonly priceId: string | null;
  readonly interval: string | null;
  readonly seats: number;
  readonly currentPeriodEnd: Date | null;
  readonly trialEndsAt: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  /** When the cancellation that was asked for takes effect; null: none was. */
  readonly endsAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly pastDueSince: Date | null;
  readonly pausedReason: string | null;
  readonly collectionPaused: string | null;
  readonly hasPaymentMethod: boolean;
  readonly openInvoice: OpenInvoice | null;
  readonly changedAt: Date;
}

/** What an operator should look at. */
export type SubscriptionAlarm = "unknown_status" | "unknown_price" | "no_seats";

/**
 * What to keep of an observation.
 *
 * An unknown price keeps the plan that the subscription was known to have (L9): never silently free, and never the highest.
 * @param previous what was kept of this subscription before; null at its first observation
 * @param observedAt where Stripe does not tell since when a status holds, it counts from when we first saw it
 * @returns null for what is no subscription
 */
export function recordOf(
  observation: Observation,
  book: PriceBook,
  previous: Pick<SubscriptionRecord, "status" | "plan" | "changedAt"> | null,
  observedAt: Date,
): { readonly record: SubscriptionRecord; readonly alarms: readonly SubscriptionAlarm[] } | null {
  const seen = readSubscription(observation.subscription);
  if (seen === null) return null;
  const sold = soldItems(seen.items, book);
  const oldest = oldestOpen(observation.openInvoices);
  const isUnsettled = seen.status === "past_due" || seen.status === "unpaid";
  const pastDueSince = isUnsettled && oldest !== null ? (oldest.finalizedAt ?? oldest.createdAt) : null;
  const counted = sold.items.length > 0 ? sold.items : seen.items;
  const currentPeriodEnd = latest(counted.map((item) => item.periodEnd));
  const endsAt = seen.cancelAt ?? (seen.cancelAtPeriodEnd ? currentPeriodEnd : null);
  const [item] = sold.items;
  const record: SubscriptionRecord = {
    id: seen.id,
    customerId: seen.customerId,
    status: seen.status,
    plan: sold.plan ?? previous?.plan ?? null,
    itemId: item?.id ?? null,
    priceId: item?.priceId ?? null,
    interval: item?.interval ?? null,
    seats: seatsOf(counted),
    currentPeriodEnd,
    trialEndsAt: seen.trialEndsAt,
    cancelAtPeriodEnd: seen.cancelAtPeriodEnd || seen.cancelAt !== null,
    endsAt,
    startedAt: seen.startedAt,
    endedAt: hasEnded(seen.status) ? seen.endedAt : null,
    pastDueSince,
    pausedReason: seen.status === "paused" ? seen.pausedReason : null,
    collectionPaused: seen.collectionPaused,
    hasPaymentMethod: seen.hasPaymentMethod,
    openInvoice: oldest === null ? null : asOpenInvoice(oldest),
    changedAt: sinceWhen(seen, pastDueSince) ?? (previous?.status === seen.status ? previous.changedAt : observedAt),
  };
  return { record, alarms: alarmsOf(seen, sold, record) };
}

/** Statuses of Stripe, 2026-10-28; of any other we know nothing. */
export const STRIPE_STATUSES = [
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "paused",
  "canceled",
  "incomplete",
  "incomplete_expired",
] as const;
export type StripeStatus = (typeof STRIPE_STATUSES)[number];

/** The status, where it is one that we know. */
export function knownStatus(status: string): StripeStatus | null {
  return STRIPE_STATUSES.find((known) => known === status) ?? null;
}

/** Terminal: nothing that comes later brings a subscription of this status back (O9). */
export function hasEnded(status: string): boolean {
  return status === "canceled" || status === "incomplete_expired";
}

interface Sold {
  readonly plan: string | null;
  readonly items: readonly ObservedItem[];
}

/** The items of our highest plan in the subscription. By price, else by lookup key, else by product: a price edited by hand is still ours (L8). */
function soldItems(items: readonly ObservedItem[], book: PriceBook): Sold {
  const known = items.flatMap((item) => {
    const entry =
      book.find((one) => one.priceId === item.priceId) ??
      book.find((one) => one.lookupKey !== null && one.lookupKey === item.lookupKey) ??
      book.find((one) => one.productId !== null && one.productId === item.productId);
    return entry ? [{ item, entry }] : [];
  });
  const [highest] = [...known].sort((a, b) => b.entry.planRank - a.entry.planRank);
  if (!highest) return { plan: null, items: [] };
  return { plan: highest.entry.plan, items: known.filter(({ entry }) => entry.plan === highest.entry.plan).map(({ item }) => item) };
}

/** Whole seats, and as many as an `integer` column holds. Of a price that nobody knows the quantity is all there is to go by. */
function seatsOf(items: readonly ObservedItem[]): number {
  const seats = items.reduce((sum, { quantity }) => sum + Math.max(0, Math.floor(quantity)), 0);
  return Math.min(seats, 2_147_483_647);
}

/** Only what has an amount and an attempt behind it is a payment problem: a draft or an invoice of nothing is none (L16). */
function oldestOpen(invoices: readonly unknown[]): ObservedInvoice | null {
  const open = invoices.map(readInvoice).filter((invoice) => invoice !== null && invoice.status === "open" && invoice.amountMinor > 0);
  return (
    open.sort((a, b) => (a?.createdAt?.getTime() ?? 0) - (b?.createdAt?.getTime() ?? 0) || compare(a?.id ?? "", b?.id ?? ""))[0] ?? null
  );
}

const asOpenInvoice = ({ id, amountMinor, currency, attemptCount, nextAttemptAt, url, needsAction }: ObservedInvoice): OpenInvoice => ({
  id,
  amountMinor,
  currency,
  attemptCount,
  nextAttemptAt,
  url,
  needsAction,
});

/** Since when the status holds, as Stripe tells it: the same whenever and in whatever order we hear of it. */
function sinceWhen(seen: ObservedSubscription, pastDueSince: Date | null): Date | null {
  switch (knownStatus(seen.status)) {
    case "trialing":
      return seen.trialStartsAt ?? seen.startedAt;
    case "active":
      return seen.trialEndsAt ?? seen.startedAt;
    case "past_due":
    case "unpaid":
      return pastDueSince;
    case "canceled":
    case "incomplete_expired":
      return seen.endedAt;
    case "incomplete":
      return seen.createdAt;
    case "paused":
    case null:
      return null;
  }
}

function alarmsOf(seen: ObservedSubscription, sold: Sold, record: SubscriptionRecord): SubscriptionAlarm[] {
  const alarms: SubscriptionAlarm[] = [];
  if (knownStatus(seen.status) === null) alarms.push("unknown_status");
  if (hasEnded(seen.status)) return alarms;
  if (sold.plan === null) alarms.push("unknown_price");
  else if (record.seats === 0) alarms.push("no_seats");
  return alarms;
}

function latest(instants: readonly (Date | null)[]): Date | null {
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? null : new Date(Math.max(...known.map((instant) => instant.getTime())));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

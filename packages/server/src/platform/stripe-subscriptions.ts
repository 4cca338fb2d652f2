import type { Observation } from "@gatehouse/core";
import type StripeSdk from "stripe";
import { type Asking, orMissing } from "./stripe-client.ts";

export interface SubscriptionPage {
  readonly observations: readonly Observation[];
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
}
export interface SubscriptionChange {
  readonly itemId: string;
  readonly priceId: string;
  readonly quantity: number;
  /** What costs more is charged now, and refused where the card is; what costs less is credited. */
  readonly chargesNow: boolean;
}

const PAGE = 100;
const EXPAND = ["customer"];
/** In these an invoice may wait to be paid, and who reads on wants to know which. */
const UNSETTLED: ReadonlySet<string> = new Set(["past_due", "unpaid", "incomplete", "paused"]);

/** What we ask Stripe about subscriptions. */
export function subscriptionCalls({ sdk, ask }: Asking) {
  const observe = async (subscription: StripeSdk.Subscription): Promise<Observation> => ({
    subscription: withoutPerson(plain(subscription)),
    openInvoices: UNSETTLED.has(subscription.status) ? await openInvoices(subscription.id) : [],
  });
  const openInvoices = async (subscription: string): Promise<unknown[]> => {
    const { data } = await ask((options) =>
      sdk.invoices.list({ subscription, status: "open", limit: PAGE, expand: ["data.payments.data.payment.payment_intent"] }, options),
    );
    return data.map((invoice) => slim(plain(invoice)));
  };
  const page = async (params: StripeSdk.SubscriptionListParams): Promise<SubscriptionPage> => {
    // `all`: left out, canceled ones would not be listed, and never heal (B4).
    const list = await ask((options) =>
      sdk.subscriptions.list({ status: "all", limit: PAGE, expand: ["data.customer"], ...params }, options),
    );
    const observations: Observation[] = [];
    for (const subscription of list.data) observations.push(await observe(subscription));
    return { observations, next: list.has_more ? (list.data.at(-1)?.id ?? null) : null };
  };
  return {
    /** @returns null where Stripe knows no such subscription */
    async readSubscription(id: string): Promise<Observation | null> {
      const found = await orMissing(ask((options) => sdk.subscriptions.retrieve(id, { expand: EXPAND }, options)));
      return found === null ? null : observe(found);
    },
    /** All of the customer, ended ones too; null where Stripe knows no such customer. */
    async readSubscriptionsOf(customer: string): Promise<readonly Observation[] | null> {
      const all: Observation[] = [];
      let after: string | null = null;
      do {
        const next: SubscriptionPage | null = await orMissing(page({ customer, ...(after === null ? {} : { starting_after: after }) }));
        if (next === null) return null;
        all.push(...next.observations);
        after = next.next;
      } while (after !== null);
      return all;
    },
    /** Everything that this Stripe account has, a page at a time. */
    readSubscriptionPage: (after: string | null): Promise<SubscriptionPage> => page(after === null ? {} : { starting_after: after }),
    async changeSubscription(id: string, change: SubscriptionChange, key: string): Promise<void> {
      const params: StripeSdk.SubscriptionUpdateParams = {
        items: [{ id: change.itemId, price: change.priceId, quantity: change.quantity }],
        proration_behavior: change.chargesNow ? "always_invoice" : "create_prorations",
        // Where the card is declined nothing changes: nobody has the higher plan unpaid (L10).
        payment_behavior: "error_if_incomplete",
      };
      await ask((options) => sdk.subscriptions.update(id, params, options), key);
    },
    /** Whether it goes on after the period that is paid for. */
    async setRenewal(id: string, renews: boolean, key: string): Promise<void> {
      await orMissing(ask((options) => sdk.subscriptions.update(id, { cancel_at_period_end: !renews }, options), key));
    },
    /** At once. Doing it again changes nothing. */
    async cancelSubscription(id: string, key: string): Promise<void> {
      await orMissing(ask((options) => sdk.subscriptions.cancel(id, { prorate: false }, options), key));
    },
  };
}

/** Without the methods and classes of the SDK. */
function plain(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}

/** Of the customer only what decides something is kept: an observation is no place for names and addresses. */
function withoutPerson(subscription: Record<string, unknown>): Record<string, unknown> {
  const { id, object, deleted, default_source, invoice_settings } = Object(subscription["customer"]);
  const method = Object(invoice_settings)["default_payment_method"] ?? null;
  const kept = { id, object, ...(deleted ? { deleted } : {}), default_source: default_source ?? null };
  const customer = id === undefined ? subscription["customer"] : { ...kept, invoice_settings: { default_payment_method: method } };
  return { ...subscription, customer, latest_invoice: Object(subscription["latest_invoice"])["id"] ?? subscription["latest_invoice"] };
}

const INVOICE_FIELDS = [
  "id",
  "object",
  "status",
  "amount_due",
  "amount_remaining",
  "currency",
  "attempt_count",
  "next_payment_attempt",
  "hosted_invoice_url",
  "created",
  "status_transitions",
  "billing_reason",
] as const;

/** An invoice holds lines, addresses and taxes: what is not looked at is not kept. */
function slim(invoice: Record<string, unknown>): Record<string, unknown> {
  const payments = Object(invoice["payments"])["data"];
  const intents = Array.isArray(payments) ? payments.map((payment) => Object(Object(payment).payment)["payment_intent"]) : [];
  return {
    ...Object.fromEntries(INVOICE_FIELDS.map((field) => [field, invoice[field] ?? null])),
    payments: intents.map((intent) => ({
      payment: { payment_intent: { id: Object(intent).id ?? intent, status: Object(intent).status ?? null } },
    })),
  };
}

import type { OpenInvoice } from "@gatehouse/core";
import { type RawBuilder, sql } from "kysely";
import type { BillingFacts } from "./present-billing.ts";

export interface BillingRow {
  has_customer: boolean;
  subscriptions: {
    id: string;
    status: string;
    plan: string | null;
    billing_interval: string | null;
    past_due_since: string | null;
    paused_reason: string | null;
    collection_paused: string | null;
    open_invoice: StoredInvoice | null;
  }[];
  prices: { plan: string; billing_interval: string; currency: string; amount_minor: number; is_per_seat: boolean }[];
}
/** As JSON holds it. */
export type StoredInvoice = Omit<OpenInvoice, "nextAttemptAt"> & { readonly nextAttemptAt: string | null };

/** What the account has at Stripe, as columns of the one statement of its state. @param livemode the mode of our key */
export const billingColumns = (account: RawBuilder<string>, livemode: boolean): RawBuilder<BillingRow> => sql<BillingRow>`
  exists (select 1 from billing_customers where account_id = ${account} and customer_id is not null) as has_customer,
  (select coalesce(jsonb_agg(s), '[]'::jsonb) from
    (select id, status, plan, billing_interval, past_due_since, paused_reason, collection_paused, open_invoice
     from stripe_subscriptions where account_id = ${account} order by id) s) as subscriptions,
  (select coalesce(jsonb_agg(p), '[]'::jsonb) from
    (select plan, billing_interval, currency, amount_minor, is_per_seat from plan_billing where livemode = ${livemode}
     order by plan, billing_interval) p) as prices`;

export const asBillingFacts = (row: BillingRow): BillingFacts => ({
  hasCustomer: row.has_customer,
  subscriptions: row.subscriptions.map((one) => ({
    id: one.id,
    status: one.status,
    plan: one.plan,
    interval: one.billing_interval,
    pastDueSince: asDate(one.past_due_since),
    pausedReason: one.paused_reason,
    collectionPaused: one.collection_paused,
    openInvoice: one.open_invoice === null ? null : asOpenInvoice(one.open_invoice),
  })),
  prices: row.prices.map((price) => ({
    plan: price.plan,
    interval: price.billing_interval,
    currency: price.currency,
    amountMinor: price.amount_minor,
    isPerSeat: price.is_per_seat,
  })),
});

export const asOpenInvoice = (stored: StoredInvoice): OpenInvoice => ({ ...stored, nextAttemptAt: asDate(stored.nextAttemptAt) });

const asDate = (text: string | null): Date | null => (text === null ? null : new Date(text));

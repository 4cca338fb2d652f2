import type { Coupon, Discount, Price, Product } from "./objects/catalogue.ts";
import type { Customer, Deleted, TestClock } from "./objects/customer.ts";
import type { Invoice, InvoiceLine, InvoicePayment } from "./objects/invoice.ts";
import type { Metadata } from "./objects/list.ts";
import type { Charge, Dispute, PaymentIntent, PaymentMethod, Refund } from "./objects/payment.ts";
import type { CheckoutSession, LineItem, PortalConfiguration, PortalSession } from "./objects/session.ts";
import type { MissingPaymentMethod, Subscription } from "./objects/subscription.ts";
import { type Kept, openTable, type Table } from "./table.ts";

/** What a checkout session will do when it is paid; kept beside the session, which does not show it. */
export type SessionOrder = {
  /** The session's. */
  readonly id: string;
  readonly object: "session_order";
  readonly lineItems: readonly LineItem[];
  readonly trialEnd: number | null;
  readonly metadata: Metadata;
  readonly description: string | null;
  readonly missingPaymentMethod: MissingPaymentMethod;
  readonly flexible: boolean;
  /** The card whose 3-D Secure is asked for. */
  readonly challengedCard: string | null;
};

/** What a subscription does not show. */
export type SubscriptionNote = {
  /** The subscription's. */
  readonly id: string;
  readonly object: "subscription_note";
  /** The trial end for which `trial_will_end` was sent. */
  readonly toldOfTrialEnd: number | null;
  /** Prorations that wait for the next invoice. */
  readonly pendingLines: readonly PendingLine[];
  /** The invoice that the pending update waits for. */
  readonly pendingUpdateInvoice: string | null;
};

export type PendingLine = Pick<InvoiceLine, "amount" | "description" | "period" | "quantity"> & {
  readonly item: string;
  readonly price: Price;
  readonly proration: boolean;
};

/** A card for which 3-D Secure was passed once. */
export type CardSetUp = { readonly id: string; readonly object: "card_set_up" };

export interface StateHooks {
  onPut(table: string, object: Kept): void;
  onRemove(table: string, id: string): void;
}

const tables = (on: (table: string) => { onPut(object: Kept): void; onRemove(id: string): void }) => ({
  customer: openTable<Customer>({ ...on("customer"), keysOf: ({ test_clock }) => [test_clock] }),
  deleted_customer: openTable<Deleted<"customer">>(on("deleted_customer")),
  product: openTable<Product>(on("product")),
  deleted_product: openTable<Deleted<"product">>(on("deleted_product")),
  price: openTable<Price>({ ...on("price"), keysOf: ({ product, lookup_key }) => [product, lookup_key && `lookup ${lookup_key}`] }),
  coupon: openTable<Coupon>(on("coupon")),
  discount: openTable<Discount>(on("discount")),
  payment_method: openTable<PaymentMethod>({ ...on("payment_method"), keysOf: ({ customer }) => [customer] }),
  subscription: openTable<Subscription>({ ...on("subscription"), keysOf: ({ customer }) => [customer] }),
  invoice: openTable<Invoice>({
    ...on("invoice"),
    keysOf: ({ customer, parent }) => [customer, parent.subscription_details.subscription],
  }),
  invoice_payment: openTable<InvoicePayment>({
    ...on("invoice_payment"),
    keysOf: ({ invoice, payment }) => [invoice, payment.payment_intent],
  }),
  payment_intent: openTable<PaymentIntent>({ ...on("payment_intent"), keysOf: ({ customer }) => [customer] }),
  charge: openTable<Charge>({ ...on("charge"), keysOf: ({ customer, payment_intent }) => [customer, payment_intent] }),
  refund: openTable<Refund>({ ...on("refund"), keysOf: ({ charge, payment_intent, customer }) => [charge, payment_intent, customer] }),
  dispute: openTable<Dispute>({ ...on("dispute"), keysOf: ({ charge, payment_intent }) => [charge, payment_intent] }),
  "checkout.session": openTable<CheckoutSession>({
    ...on("checkout.session"),
    keysOf: ({ customer, subscription }) => [customer, subscription],
  }),
  "billing_portal.session": openTable<PortalSession>({ ...on("billing_portal.session"), keysOf: ({ customer }) => [customer] }),
  "billing_portal.configuration": openTable<PortalConfiguration>(on("billing_portal.configuration")),
  "test_helpers.test_clock": openTable<TestClock>(on("test_helpers.test_clock")),
  session_order: openTable<SessionOrder>(on("session_order")),
  subscription_note: openTable<SubscriptionNote>(on("subscription_note")),
  card_set_up: openTable<CardSetUp>(on("card_set_up")),
});

/** Everything that the simulator knows but its events: a table for each type of object, named as Stripe names the type. */
export type State = ReturnType<typeof tables>;
export type TableName = keyof State;

export function openState(hooks: StateHooks): State {
  return tables((table) => ({
    onPut: (object) => hooks.onPut(table, object),
    onRemove: (id) => hooks.onRemove(table, id),
  }));
}

/** Tables of what the API shows; the rest is for the simulator alone. */
const PUBLIC: readonly TableName[] = [
  "customer",
  "subscription",
  "invoice",
  "price",
  "product",
  "payment_method",
  "payment_intent",
  "charge",
  "checkout.session",
  "invoice_payment",
  "refund",
  "dispute",
  "coupon",
  "discount",
  "billing_portal.session",
  "billing_portal.configuration",
  "test_helpers.test_clock",
  "deleted_customer",
  "deleted_product",
];

/** Any object by its id, also what is left of a deleted one. */
export function findObject(state: State, id: string): Kept | null {
  for (const name of PUBLIC) {
    const object = state[name].get(id);
    if (object !== undefined) return object;
  }
  return null;
}

/** The table of a type that the API shows; null: it has none. */
export function publicTable(state: State, type: string): Table<Kept> | null {
  const name = PUBLIC.find((each) => each === type);
  return name === undefined ? null : readOnly(state[name]);
}

function readOnly(table: State[TableName]): Table<Kept> {
  return {
    size: table.size,
    get: (id) => table.get(id),
    has: (id) => table.has(id),
    walk: (options) => table.walk(options),
    put: () => {
      throw new Error("This table is only read.");
    },
    remove: () => {
      throw new Error("This table is only read.");
    },
  };
}

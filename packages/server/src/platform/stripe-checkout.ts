import type StripeSdk from "stripe";
import { type Asking, orMissing, stripeCodeOf } from "./stripe-client.ts";

export interface CheckoutWish {
  readonly accountId: string;
  readonly customerId: string;
  readonly priceId: string;
  readonly quantity: number;
  /** The first payment is due then; null: at once. */
  readonly trialEnd: Date | null;
  readonly expiresAt: Date;
  readonly successUrl: string;
  readonly cancelUrl: string;
}
export interface CheckoutSession {
  readonly id: string;
  readonly status: "open" | "complete" | "expired";
  /** null once it is over */
  readonly url: string | null;
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  /** What we wrote onto it when we made it: `client_reference_id`. */
  readonly accountId: string | null;
  readonly expiresAt: Date;
}
export type PortalPurpose = "overview" | "update_payment" | "cancel";
export interface InvoiceSummary {
  readonly id: string;
  readonly number: string | null;
  readonly status: string;
  readonly createdAt: Date;
  readonly totalMinor: number;
  readonly remainingMinor: number;
  readonly currency: string;
  readonly pageUrl: string | null;
  readonly pdfUrl: string | null;
}

/** What we ask Stripe on behalf of a person who pays. */
export function checkoutCalls({ sdk, ask }: Asking) {
  return {
    /** @param key the same for every try of one account, so that however many run at once they make one customer (C1, C3) */
    async createCustomer(customer: { accountId: string; name: string; email: string | null }, key: string): Promise<string> {
      const params: StripeSdk.CustomerCreateParams = {
        name: customer.name,
        metadata: { account_id: customer.accountId },
        ...(customer.email === null ? {} : { email: customer.email }),
      };
      return (await ask((options) => sdk.customers.create(params, options), key)).id;
    },
    /** @returns true where Stripe deleted it, or knows none by that id: nothing can be sold to it any more */
    async isCustomerGone(id: string): Promise<boolean> {
      const found = await orMissing(ask((options) => sdk.customers.retrieve(id, {}, options)));
      return found === null || found.deleted === true;
    },
    async createCheckout(wish: CheckoutWish, key: string): Promise<CheckoutSession> {
      return asSession(await ask((options) => sdk.checkout.sessions.create(checkoutParams(wish), options), key));
    },
    /** @returns null where Stripe knows no such session */
    async readCheckout(id: string): Promise<CheckoutSession | null> {
      const found = await orMissing(ask((options) => sdk.checkout.sessions.retrieve(id, {}, options)));
      return found === null ? null : asSession(found);
    },
    /** @returns false where it was over already: paid, or expired */
    async expireCheckout(id: string): Promise<boolean> {
      try {
        await ask((options) => sdk.checkout.sessions.expire(id, {}, options));
        return true;
      } catch (error) {
        // Stripe refuses with a text only; that it is no longer open is seen by reading it.
        if (stripeCodeOf(error) === "resource_missing") return false;
        const now = await orMissing(ask((options) => sdk.checkout.sessions.retrieve(id, {}, options)));
        if (now !== null && now.status === "open") throw error;
        return false;
      }
    },
  };
}

/** What we ask Stripe on behalf of a customer who looks after what was bought. */
export function customerCalls({ sdk, ask }: Asking) {
  return {
    async createPortal(about: {
      customerId: string;
      returnUrl: string;
      purpose: PortalPurpose;
      subscriptionId: string | null;
    }): Promise<string> {
      const params: StripeSdk.BillingPortal.SessionCreateParams = {
        customer: about.customerId,
        return_url: about.returnUrl,
        ...flowOf(about.purpose, about.subscriptionId, about.returnUrl),
      };
      return (await ask((options) => sdk.billingPortal.sessions.create(params, options))).url;
    },
    /** What Stripe knows each of the customer's cards by, whoever gives it; none where Stripe knows no such customer. */
    async listCardFingerprints(customer: string): Promise<string[]> {
      const list = await orMissing(ask((options) => sdk.customers.listPaymentMethods(customer, { type: "card", limit: 100 }, options)));
      return list?.data.flatMap(({ card }) => (card?.fingerprint ? [card.fingerprint] : [])) ?? [];
    },
    /** Newest first. @returns null where Stripe knows no such customer */
    async listInvoices(
      customer: string,
      limit: number,
      after: string | null,
    ): Promise<{ items: InvoiceSummary[]; next: string | null } | null> {
      const params: StripeSdk.InvoiceListParams = { customer, limit, ...(after === null ? {} : { starting_after: after }) };
      const list = await orMissing(ask((options) => sdk.invoices.list(params, options)));
      if (list === null) return null;
      const items = list.data.filter((invoice) => invoice.status !== "draft").map(asInvoice);
      return { items, next: list.has_more ? (list.data.at(-1)?.id ?? null) : null };
    },
  };
}

function checkoutParams(wish: CheckoutWish): StripeSdk.Checkout.SessionCreateParams {
  return {
    mode: "subscription",
    customer: wish.customerId,
    client_reference_id: wish.accountId,
    line_items: [{ price: wish.priceId, quantity: wish.quantity }],
    success_url: wish.successUrl,
    cancel_url: wish.cancelUrl,
    expires_at: Math.floor(wish.expiresAt.getTime() / 1000),
    // With a card on file the plan goes on by itself after the trial; without one it ends, instead of leaving an unpaid invoice (C9).
    payment_method_collection: "always",
    subscription_data: {
      metadata: { account_id: wish.accountId },
      ...(wish.trialEnd === null
        ? {}
        : {
            trial_end: Math.floor(wish.trialEnd.getTime() / 1000),
            trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
          }),
    },
  };
}

function flowOf(
  purpose: PortalPurpose,
  subscription: string | null,
  returnUrl: string,
): Pick<StripeSdk.BillingPortal.SessionCreateParams, "flow_data"> {
  const after_completion = { type: "redirect", redirect: { return_url: returnUrl } } as const;
  if (purpose === "update_payment") return { flow_data: { type: "payment_method_update", after_completion } };
  if (purpose === "cancel" && subscription !== null)
    return { flow_data: { type: "subscription_cancel", subscription_cancel: { subscription }, after_completion } };
  return {};
}

const idOf = (reference: string | { id: string } | null): string | null =>
  typeof reference === "string" || reference === null ? reference : reference.id;

const asSession = (session: StripeSdk.Checkout.Session): CheckoutSession => ({
  id: session.id,
  status: statusOf(session.status),
  url: session.url,
  customerId: idOf(session.customer),
  subscriptionId: idOf(session.subscription),
  accountId: session.client_reference_id,
  expiresAt: new Date(session.expires_at * 1000),
});

const asInvoice = (invoice: StripeSdk.Invoice): InvoiceSummary => ({
  id: invoice.id,
  number: invoice.number,
  status: invoice.status ?? "unknown",
  createdAt: new Date(invoice.created * 1000),
  totalMinor: invoice.total,
  remainingMinor: invoice.amount_remaining,
  currency: invoice.currency,
  pageUrl: invoice.hosted_invoice_url ?? null,
  pdfUrl: invoice.invoice_pdf ?? null,
});

/** Stripe's enums are open: what is neither open nor complete cannot be paid any more. */
function statusOf(status: string | null): CheckoutSession["status"] {
  return status === "open" ? "open" : status === "complete" ? "complete" : "expired";
}

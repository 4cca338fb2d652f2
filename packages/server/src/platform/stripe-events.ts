import type { StripeObject, ThinObject } from "@gatehouse/core";
import type StripeSdk from "stripe";
import { type Asking, orMissing } from "./stripe-client.ts";

export interface EventPage {
  /** Newest first, as they would have been delivered. */
  readonly events: readonly { readonly id: string; readonly payload: string }[];
  readonly hasMore: boolean;
}

const PAGE = 100;

/** What the reconciler asks: the events of the last 30 days; Stripe keeps no more. */
export function eventCalls({ sdk, ask }: Asking) {
  return {
    /**
     * @param after events newer than this one
     * @param since whole seconds: not older than this
     */
    async listEvents(range: { after: string | null; before: string | null; since: Date }): Promise<EventPage> {
      const params: StripeSdk.EventListParams = {
        limit: PAGE,
        created: { gte: Math.floor(range.since.getTime() / 1000) },
        ...(range.after === null ? {} : { ending_before: range.after }),
        ...(range.before === null ? {} : { starting_after: range.before }),
      };
      const list = await ask((options) => sdk.events.list(params, options));
      return { events: list.data.map((event) => ({ id: event.id, payload: JSON.stringify(event) })), hasMore: list.has_more };
    },
    /** The object of a thin event, in the shape of our API version. @returns null where Stripe knows none by that id */
    async readThinObject(type: ThinObject, id: string): Promise<StripeObject | null> {
      const found = await orMissing(ask((options) => readers(sdk)[type](id, options)));
      return found === null ? null : JSON.parse(JSON.stringify(found));
    },
    /** Whose money a charge was. */
    async readCustomerOfCharge(id: string): Promise<string | null> {
      const charge = await orMissing(ask((options) => sdk.charges.retrieve(id, {}, options)));
      if (charge === null || charge.customer === null) return null;
      return typeof charge.customer === "string" ? charge.customer : charge.customer.id;
    },
    /** @returns null where Stripe no longer knows the event */
    async readEvent(id: string): Promise<string | null> {
      const found = await orMissing(ask((options) => sdk.events.retrieve(id, {}, options)));
      return found === null ? null : JSON.stringify(found);
    },
  };
}

type Reader = (id: string, options: StripeSdk.RequestOptions) => Promise<object>;

const readers = (sdk: StripeSdk): Readonly<Record<ThinObject, Reader>> => ({
  invoice: (id, options) => sdk.invoices.retrieve(id, {}, options),
  subscription_schedule: (id, options) => sdk.subscriptionSchedules.retrieve(id, {}, options),
  payment_method: (id, options) => sdk.paymentMethods.retrieve(id, {}, options),
  "charge.dispute": (id, options) => sdk.disputes.retrieve(id, {}, options),
  charge: (id, options) => sdk.charges.retrieve(id, {}, options),
});

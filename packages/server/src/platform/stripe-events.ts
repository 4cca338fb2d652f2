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
    /** @returns null where Stripe no longer knows the event */
    async readEvent(id: string): Promise<string | null> {
      const found = await orMissing(ask((options) => sdk.events.retrieve(id, {}, options)));
      return found === null ? null : JSON.stringify(found);
    },
  };
}

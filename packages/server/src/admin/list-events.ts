import { eventsBefore, type ListedEvent } from "../billing/event-list.store.ts";
import type { Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { lookFor } from "./look-for.ts";

export interface EventChoice {
  readonly outcome: string | null;
  readonly type: string | null;
  readonly accountId: string | null;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Events of the ledger, the newest first. @throws Refusal invalid_request when the cursor is none of ours */
export function listEvents(tx: Tx, { outcome, type, accountId, cursor, limit }: EventChoice) {
  return lookFor<ListedEvent, ListedEvent>({
    after: cursor ?? null,
    limit,
    isPicky: outcome !== null || type !== null,
    async read(after, count) {
      const events = await eventsBefore(tx, accountId, after === null ? null : idIn(after), count);
      return events.map((event) => ({ thing: event, cursor: cursorOf(event.id) }));
    },
    judge: (events) =>
      events.map((event) => ((outcome === null || event.outcome === outcome) && (type === null || event.type === type) ? event : null)),
  });
}

/** An event's id is Stripe's, and no UUID. */
const cursorOf = (id: string): string => Buffer.from(id).toString("base64url");
function idIn(cursor: string): string {
  const id = Buffer.from(cursor, "base64url").toString();
  if (cursorOf(id) === cursor && /^[\w-]+$/.test(id)) return id;
  return refuse("invalid_request", { problems: [{ at: "query.cursor", why: "must be a next_cursor as it was answered" }] });
}

/** As it is shown, over HTTP and at the command line. */
export const presentEvent = (event: ListedEvent) => ({
  id: event.id,
  type: event.type,
  outcome: event.outcome,
  reason: event.reason,
  account_id: event.accountId,
  created_at: event.createdAt.toISOString(),
  received_at: event.receivedAt.toISOString(),
  processed_at: event.processedAt?.toISOString() ?? null,
  origin: event.origin,
  api_version: event.apiVersion,
  livemode: event.livemode,
});

/** With the payload, as it came. */
export const presentWholeEvent = (event: ListedEvent & { readonly payload: string | null }) => ({
  ...presentEvent(event),
  payload: event.payload === null ? null : JSON.parse(event.payload),
});

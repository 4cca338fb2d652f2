import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** An event of Stripe as the ledger keeps it. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Date;
  readonly apiVersion: string | null;
  readonly livemode: boolean;
  /** As it came, to the letter. */
  readonly payload: string;
  readonly receivedAt: Date;
  readonly origin: "webhook" | "reconciliation";
  /** null: it is worked off by a job. Else it is closed at once, and this says why. */
  readonly ignoredBecause: string | null;
}

/**
 * The claim on an event is its row: of deliveries at once, in whatever process, exactly one makes it (O2). One statement for all of them,
 * in the order of the ids, so that two transactions with the same events wait for one another and never in a circle.
 * @returns the ids that were not known before
 */
export async function insertEvents(tx: Tx, events: readonly NewEvent[]): Promise<string[]> {
  if (events.length === 0) return [];
  const inOrder = events.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const texts = (of: (event: NewEvent) => string | null) => sql`${inOrder.map(of)}::text[]`;
  const times = (of: (event: NewEvent) => Date | null) => sql`${inOrder.map((event) => of(event)?.toISOString() ?? null)}::timestamptz[]`;
  const { rows } = await sql<{ id: string }>`
    insert into stripe_events
      (id, type, created_at, api_version, livemode, payload, received_at, origin, outcome, reason, processed_at)
    select id, type, created_at, api_version, livemode, payload, received_at, origin, outcome, reason, processed_at
    from unnest(
      ${texts(({ id }) => id)}, ${texts(({ type }) => type)}, ${times(({ createdAt }) => createdAt)},
      ${texts(({ apiVersion }) => apiVersion)}, ${sql`${inOrder.map(({ livemode }) => livemode)}::boolean[]`},
      ${texts(({ payload }) => payload)}, ${times(({ receivedAt }) => receivedAt)}, ${texts(({ origin }) => origin)},
      ${texts(({ ignoredBecause }) => (ignoredBecause === null ? "received" : "ignored"))},
      ${texts(({ ignoredBecause }) => ignoredBecause)},
      ${times(({ ignoredBecause, receivedAt }) => (ignoredBecause === null ? null : receivedAt))}
    ) as event (id, type, created_at, api_version, livemode, payload, received_at, origin, outcome, reason, processed_at)
    on conflict (id) do nothing
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** @returns those of the ids that the ledger has not */
export async function unknownEvents(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom("stripe_events").select("id").where("id", "in", ids).execute();
  const known = new Set(rows.map((row) => row.id));
  return ids.filter((id) => !known.has(id));
}

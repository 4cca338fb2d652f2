import { asInstant, hintOf, readEvent } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { coalesce } from "../platform/coalesce.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import { flawOfSignature } from "../platform/stripe-signature.ts";
import { insertEvents, type NewEvent } from "./event-ledger.store.ts";

/** What came to the address of the webhooks; from anybody, until its signature was looked at. */
export interface Delivery {
  readonly body: Uint8Array;
  readonly signature: string | undefined;
}

/** Deliveries that one transaction takes: it holds their rows no longer than it takes to write them. */
const BATCH_MAX = 50;

/**
 * Makes the receiver of Stripe's webhooks. It checks who signed, writes the event into the ledger together with the job that looks at
 * what it means, and is done: Stripe wants its answer at once (R6). An event that is known already changes nothing (O1, O2).
 *
 * Deliveries that arrive while others are being written share the next transaction, and fail alone if one of them does.
 * @returns resolves when the event is committed
 * @throws Refusal webhooks_not_configured | signature_invalid | event_malformed | database_unavailable; Stripe tries again on each
 */
export function openReceiver(app: Pick<App, "db" | "jobs" | "clock" | "stripe" | "log">): (delivery: Delivery) => Promise<void> {
  const store = coalesce<NewEvent>({
    batchMax: BATCH_MAX,
    runsAtOnce: 1,
    run: async (events) => void (await storeEvents(app, events)),
    isFaultOfNone: (error) => error instanceof Refusal && error.code === "database_unavailable",
  });
  return async ({ body, signature }) => {
    refuseWhenDark(app);
    const flaw = flawOfSignature({ body, header: signature, secrets: app.stripe.webhookSecrets, at: app.clock.wall() });
    if (flaw !== null) {
      app.log.warn({ reason: flaw }, "a webhook was refused for its signature");
      refuse("signature_invalid", { reason: flaw });
    }
    const payload = readText(body) ?? refuse("event_malformed");
    const event = readPayload(payload, { livemode: app.stripe.livemode, receivedAt: app.clock.now(), origin: "webhook" });
    await store(event ?? refuse("event_malformed"));
  };
}

/**
 * Writes events into the ledger, and a job for each that was not known and is not ignored: together, or not at all (O3).
 * @returns the ids that were not known before
 */
export function storeEvents(app: Pick<App, "db" | "jobs">, events: readonly NewEvent[]): Promise<string[]> {
  return app.db.asSystem("an event of Stripe: whose it is, is not known before it is read", (tx) => keepEvents(app, tx, events));
}

/** As `storeEvents`, in the caller's transaction. */
export async function keepEvents(app: Pick<App, "jobs">, tx: Tx, events: readonly NewEvent[]): Promise<string[]> {
  const ignored = new Set(events.filter(({ ignoredBecause }) => ignoredBecause !== null).map(({ id }) => id));
  const ids = await insertEvents(tx, events);
  const due = ids.filter((id) => !ignored.has(id));
  await app.jobs.enqueueAll(
    tx,
    due.map((eventId) => ({ name: "stripe.event", data: { eventId } })),
  );
  return ids;
}

/** What an id or a type may consist of: it goes into keys, logs and jobs, where a NUL or half a surrogate would be an error of ours. */
const PLAIN = /^[\x21-\x7e]{1,255}$/;

/**
 * Reads an event of any API version, thin ones too (R12, R13). What we do not act on is ignored, with the reason.
 * @param about.livemode the mode of our key
 * @returns null for what is no event of Stripe
 */
export function readPayload(
  payload: string,
  about: { readonly livemode: boolean; readonly receivedAt: Date; readonly origin: NewEvent["origin"] },
): NewEvent | null {
  const event = readEvent(parse(payload));
  if (event === null || !PLAIN.test(event.id) || !PLAIN.test(event.type)) return null;
  const hint = hintOf(event, about.livemode);
  return {
    id: event.id,
    type: event.type,
    createdAt: readInstant(event.created) ?? about.receivedAt,
    apiVersion: event.apiVersion !== null && PLAIN.test(event.apiVersion) ? event.apiVersion : null,
    livemode: event.livemode,
    payload,
    receivedAt: about.receivedAt,
    origin: about.origin,
    ignoredBecause: hint.kind === "ignored" ? hint.reason : null,
  };
}

/** Without the key nobody could say of which mode an event should be, nor read what it means: it would be closed as ignored, and lost. */
function refuseWhenDark({ stripe }: Pick<App, "stripe">): void {
  if (stripe.webhookSecrets.length === 0) refuse("webhooks_not_configured", { reason: "no_webhook_secret" });
  if (!stripe.configured) refuse("webhooks_not_configured", { reason: "no_secret_key" });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Not `readJson`: metadata is written by people, and what Stripe signed is taken whatever names stand in it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whole seconds in a snapshot, ISO 8601 in a thin event; null for what is neither. */
function readInstant(created: unknown): Date | null {
  if (typeof created !== "string") return asInstant(created);
  const at = new Date(created);
  return asInstant(at.getTime() / 1000) === null ? null : at;
}

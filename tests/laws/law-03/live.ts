import type { Engine, StripeEvent } from "@gatehouse/sandbox/stripe/engine-face";
import { StripeRefusal } from "@gatehouse/sandbox/stripe/refusal";
import { applyEvent } from "@gatehouse/server/billing/apply-event";
import { openReceiver } from "@gatehouse/server/billing/receive-event";
import type { BillingServer } from "@gatehouse/testkit/billing-server";
import Stripe from "stripe";
import { Died, dyingAt } from "./dying-worker.ts";
import type { Death, Delivery, Lifecycle, Step } from "./lifecycle.ts";

export interface Account {
  readonly id: string;
  readonly customerId: string;
  readonly clockId: string;
}
/** A price of the catalogue, as the lives choose them by number. */
export type Offers = readonly { readonly plan: string; readonly priceId: string }[];

/** What the lives are lived with. */
export interface World {
  readonly server: BillingServer;
  readonly sdk: Stripe;
  readonly offers: Offers;
}

interface Due {
  readonly eventId: string;
  readonly at: number;
  readonly death: Death | null;
}

/**
 * Lives one life at the simulator, while its events come as the life says: late, in another order, several at once, doubled, not at all,
 * and with the worker dying over them. What was left undone by a death is done again, as the queue does it; what was lost stays lost.
 * @returns whether an event was lost
 */
export async function live(world: World, account: Account, { steps, deliveries }: Lifecycle): Promise<boolean> {
  const { engine } = world.server.stripe;
  const due: Due[] = [];
  const undone: string[] = [];
  let made = 0;
  let now = 0;
  let hasLost = false;
  const stop = engine.onEvent((event) => {
    if (!concerns(event, account)) return;
    const how = deliveries[made % deliveries.length] as Delivery;
    made += 1;
    if (how.isLost) hasLost = true;
    else
      for (let copy = 0; copy < how.copies; copy += 1)
        due.push({ eventId: event.id, at: now + how.delay + copy, death: copy === 0 ? how.death : null });
  });
  try {
    for (const step of steps) {
      await perform(world, account, step);
      now += 1;
      await deliverAll(world, take(due, now), undone);
    }
    while (due.length > 0) {
      now += 1;
      await deliverAll(world, take(due, now), undone);
    }
  } finally {
    stop();
  }
  for (const eventId of undone) await applyEvent(world.server.app, eventId);
  return hasLost;
}

function concerns(event: StripeEvent, account: Account): boolean {
  const { object } = event.data;
  return object["customer"] === account.customerId || object["id"] === account.customerId;
}

/** Those whose time has come; the newest first, so that order is what it never is. */
function take(due: Due[], now: number): Due[] {
  const ready = due.filter((one) => one.at <= now);
  for (const one of ready) due.splice(due.indexOf(one), 1);
  return ready.reverse();
}

/** All at once: each is received over its signature, and worked off by a worker of its own. */
async function deliverAll({ server }: World, ready: readonly Due[], undone: string[]): Promise<void> {
  const receive = openReceiver(server.app);
  await Promise.all(
    ready.map(async ({ eventId, death }) => {
      const body = server.stripe.webhooks.body(eventId);
      await receive({ body: Buffer.from(body), signature: server.stripe.webhooks.sign(body) });
      try {
        await applyEvent(dyingAt(server.app, death), eventId);
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        undone.push(eventId);
      }
    }),
  );
}

/** What cannot be done to a subscription as it is, is not done: a person would find no button for it. */
async function perform(world: World, account: Account, step: Step): Promise<void> {
  try {
    await act(world, account, step);
  } catch (error) {
    if (!(error instanceof StripeRefusal) && !(error instanceof Stripe.errors.StripeError)) throw error;
  }
}

async function act({ server, sdk, offers }: World, account: Account, step: Step): Promise<void> {
  const { engine } = server.stripe;
  const { customerId } = account;
  const living = engine
    .listOf("subscription", customerId)
    .filter((one) => one["status"] !== "canceled" && one["status"] !== "incomplete_expired");
  const id = String(living.at(-1)?.["id"] ?? "none");
  const price = (offer: number): string => offers[offer % offers.length]?.priceId ?? "";
  switch (step.do) {
    case "buy":
      return buy(engine, account, step, price(step.offer));
    case "begin":
      await sdk.subscriptions.create({
        customer: customerId,
        items: [{ price: price(step.offer), quantity: step.seats }],
        payment_behavior: "default_incomplete",
        metadata: { account_id: account.id },
      });
      return;
    case "wait":
      return engine.advanceTestClock(account.clockId, engine.now(customerId) + step.hours * 3600);
    case "mend":
      engine.setCard(customerId, step.card);
      engine.payOpenInvoices(customerId);
      return;
    case "cancel":
      return step.now ? engine.cancelNow(id) : engine.cancelAtPeriodEnd(id);
    case "uncancel":
      return engine.resumeCancellation(id);
    case "pause":
      return engine.pause(id);
    case "resume":
      engine.resume(id);
      return;
    case "change":
      engine.changePlan(id, price(step.offer), step.seats);
      return;
    case "collect":
      await sdk.subscriptions.update(id, { pause_collection: step.paused ? { behavior: "void" } : "" });
      return;
    case "refund": {
      const charge = engine.listOf("charge", customerId).find((one) => one["paid"] === true);
      await sdk.refunds.create({ charge: String(charge?.["id"] ?? "none") });
      return;
    }
    case "delete customer":
      await sdk.customers.del(customerId);
  }
}

function buy(engine: Engine, { id, customerId }: Account, step: Extract<Step, { do: "buy" }>, priceId: string): void {
  const trialEnd = step.trialDays === null ? {} : { trialEnd: engine.now(customerId) + step.trialDays * 86_400 };
  const metadata = { account_id: id };
  engine.seedSubscription({ customerId, priceId, quantity: step.seats, card: step.card, metadata, events: true, ...trialEnd });
}

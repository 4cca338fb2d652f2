import type { Engine, StripeEvent } from "@gatehouse/sandbox/stripe/engine-face";
import { StripeRefusal } from "@gatehouse/sandbox/stripe/refusal";
import { applyEvent } from "@gatehouse/server/billing/apply-event";
import { openReceiver } from "@gatehouse/server/billing/receive-event";
import type { App } from "@gatehouse/server/platform/app";
import type { BillingServer } from "@gatehouse/testkit/billing-server";
import Stripe from "stripe";
import { Died, dyingAt, hangingUntil } from "./dying-worker.ts";
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
  readonly stall: number;
}
/** A worker that hangs, and the step at which it goes on. */
interface Hanging {
  readonly until: number;
  letGo(): void;
  readonly done: Promise<void>;
}
/** What is under way in a life. */
interface Underway {
  now: number;
  hasLost: boolean;
  readonly due: Due[];
  readonly hanging: Hanging[];
  /** Events over which a worker died. */
  readonly undone: string[];
}

/**
 * Lives one life at the simulator, while its events come as the life says: late, in another order, several at once, doubled, not at all,
 * with the worker dying over them, or hanging until what it read is old. What was left undone by a death is done again, as the queue does
 * it; what was lost stays lost.
 * @returns whether an event was lost
 */
export async function live(world: World, account: Account, { steps, deliveries }: Lifecycle): Promise<boolean> {
  const life: Underway = { now: 0, hasLost: false, due: [], hanging: [], undone: [] };
  let made = 0;
  const stop = world.server.stripe.engine.onEvent((event) => {
    if (!concerns(event, account)) return;
    const how = deliveries[made % deliveries.length] as Delivery;
    made += 1;
    if (how.isLost) life.hasLost = true;
    else life.due.push(...copiesOf(event.id, how, life.now));
  });
  try {
    for (const step of steps) {
      await perform({ ...world, engine: world.server.stripe.engine }, account, step);
      await passStep(world, life);
    }
    while (life.due.length + life.hanging.length > 0) await passStep(world, life);
  } finally {
    stop();
  }
  for (const eventId of life.undone) await applyEvent(world.server.app, eventId);
  return life.hasLost;
}

function concerns(event: StripeEvent, account: Account): boolean {
  const { object } = event.data;
  return object["customer"] === account.customerId || object["id"] === account.customerId;
}

function copiesOf(eventId: string, { copies, delay, death, stall }: Delivery, now: number): Due[] {
  const first = { eventId, at: now + delay, death, stall };
  return Array.from({ length: copies }, (_, copy) => (copy === 0 ? first : { eventId, at: first.at + copy, death: null, stall: 0 }));
}

/** Those whose time has come are received and worked off, all at once; those that hung long enough go on beside them. */
async function passStep(world: World, life: Underway): Promise<void> {
  life.now += 1;
  const ready = life.due.filter((one) => one.at <= life.now);
  for (const one of ready) life.due.splice(life.due.indexOf(one), 1);
  const awake = life.hanging.filter(({ until }) => until <= life.now);
  for (const one of awake) life.hanging.splice(life.hanging.indexOf(one), 1);
  for (const one of awake) one.letGo();
  // The newest first, so that order is what it never is.
  await Promise.all([...awake.map(({ done }) => done), ...ready.reverse().map((one) => deliver(world, life, one))]);
}

async function deliver({ server }: World, life: Underway, { eventId, death, stall }: Due): Promise<void> {
  const body = server.stripe.webhooks.body(eventId);
  await openReceiver(server.app)({ body: Buffer.from(body), signature: server.stripe.webhooks.sign(body) });
  if (stall > 0) return hang(server.app, life, eventId, stall);
  try {
    await applyEvent(dyingAt(server.app, death), eventId);
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    life.undone.push(eventId);
  }
}

/** Returns when the worker has read, or has ended without reading. */
async function hang(app: App, life: Underway, eventId: string, stall: number): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const done = applyEvent(hangingUntil(app, reached.resolve, gate.promise), eventId);
  life.hanging.push({ until: life.now + stall, letGo: gate.resolve, done });
  await Promise.race([reached.promise, done]);
}

/** What cannot be done to a subscription as it is, is not done: a person would find no button for it. */
export async function perform(
  world: Pick<World, "sdk" | "offers"> & { readonly engine: Engine },
  account: Account,
  step: Step,
): Promise<void> {
  try {
    await act(world, account, step);
  } catch (error) {
    if (!(error instanceof StripeRefusal) && !(error instanceof Stripe.errors.StripeError)) throw error;
  }
}

async function act({ engine, sdk, offers }: Parameters<typeof perform>[0], account: Account, step: Step): Promise<void> {
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

import { applyEvent } from "@gatehouse/server/billing/apply-event";
import { openReceiver } from "@gatehouse/server/billing/receive-event";
import { type Person, registerPerson, signIn } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { priceOf } from "@gatehouse/testkit/paying-accounts";
import Stripe from "stripe";

/** A server that hears of nothing by itself: a test delivers each event, and works it off, when and how it likes. */
export interface Stage {
  readonly server: BillingServer;
  readonly sdk: Stripe;
  /** Somebody with a customer at Stripe, and the trial over or not. */
  customer(): Promise<{ person: Person; customerId: string }>;
  /** Events of the customer so far, oldest first. */
  eventsOf(customerId: string): string[];
  receive(eventId: string): Promise<void>;
  work(eventId: string): Promise<void>;
  /** Received, then worked off. */
  deliver(eventId: string): Promise<void>;
  row(person: Person): Promise<Record<string, unknown>[]>;
  outcome(eventId: string): Promise<unknown>;
  token(person: Person): Promise<string>;
  price(plan: string, interval?: string): Promise<string>;
}

export async function openStage(): Promise<Stage> {
  const server = await openBillingServer({ role: "api" });
  server.stripe.webhooks.sendTo(null);
  const { hostname, port } = new URL(server.stripe.apiBase);
  const sdk = new Stripe(server.stripe.secretKey, { host: hostname, port, protocol: "http" });
  const receive = async (eventId: string): Promise<void> => {
    const body = server.stripe.webhooks.body(eventId);
    await openReceiver(server.app)({ body: Buffer.from(body), signature: server.stripe.webhooks.sign(body) });
  };
  const work = (eventId: string): Promise<void> => applyEvent(server.app, eventId);
  return {
    server,
    sdk,
    receive,
    work,
    async customer() {
      const person = await registerVerifiedHere(server);
      const customer = await sdk.customers.create({ metadata: { account_id: person.account.id } });
      await server.database.query("insert into billing_customers (account_id, customer_id, created_at) values ($1, $2, $3)", [
        person.account.id,
        customer.id,
        server.clock.now(),
      ]);
      return { person, customerId: customer.id };
    },
    eventsOf: (customerId) =>
      server.stripe.engine
        .events()
        .filter(({ data: { object } }) => object["customer"] === customerId || object["id"] === customerId)
        .map(({ id }) => id),
    async deliver(eventId) {
      await receive(eventId);
      await work(eventId);
    },
    row: (person) =>
      server.database.query(
        "select id, status, plan, seats, price_id, current_period_end, cancel_at_period_end, ends_at from stripe_subscriptions where account_id = $1 order by id",
        [person.account.id],
      ),
    async outcome(eventId) {
      const [row] = await server.database.query("select outcome from stripe_events where id = $1", [eventId]);
      return row?.["outcome"];
    },
    token: async (person) => (await signIn(server, person)).accessToken,
    price: (plan, interval) => priceOf(server, plan, interval),
  };
}

/** Without a worker no mail goes out: the address is confirmed in the table. */
async function registerVerifiedHere(server: BillingServer): Promise<Person> {
  const person = await registerPerson(server);
  await server.database.query("update users set email_verified_at = $2, password_proven_at = $2 where id = $1", [
    person.user.id,
    server.clock.now(),
  ]);
  return person;
}

import type { SeedSubscription } from "@gatehouse/sandbox/stripe/engine-face";
import type { BillingServer } from "./billing-server.ts";
import type { Person } from "./people.ts";

/** An account, and what it has at Stripe. */
export interface PayingAccount {
  readonly accountId: string;
  readonly customerId: string;
  readonly subscriptionId: string;
}
export interface PayingAccountsOptions extends Omit<SeedSubscription, "priceId" | "customerId"> {
  readonly plan?: string;
  readonly interval?: "month" | "year";
}

/**
 * Makes accounts that have a customer and a subscription at Stripe, of which we know the customer and nothing else. Straight into the
 * tables, and without a person: for great numbers.
 */
export async function plantPayingAccounts(
  server: BillingServer,
  count: number,
  { plan = "pro", interval = "month", ...seed }: PayingAccountsOptions = {},
): Promise<PayingAccount[]> {
  const priceId = await priceOf(server, plan, interval);
  const made = Array.from({ length: count }, () => {
    const accountId = server.app.ids.next();
    const metadata = { account_id: accountId };
    return { accountId, ...server.stripe.engine.seedSubscription({ priceId, metadata, customerMetadata: metadata, ...seed }) };
  });
  const now = server.clock.now();
  const ids = made.map(({ accountId }) => accountId);
  await server.database.query(
    "insert into accounts (id, name, slug, created_at, updated_at) select id, 'Planted', 'planted-' || id, $2, $2 from unnest($1::uuid[]) as id",
    [ids, now],
  );
  await server.database.query(
    "insert into billing_customers (account_id, customer_id, created_at) select account, customer, $3 from unnest($1::uuid[], $2::text[]) as pair (account, customer)",
    [ids, made.map(({ customerId }) => customerId), now],
  );
  return made;
}

/** What Stripe calls the plan's price. */
export async function priceOf(server: BillingServer, plan: string, interval = "month"): Promise<string> {
  const [row] = await server.database.query<{ price_id: string }>(
    "select price_id from plan_billing where plan = $1 and billing_interval = $2",
    [plan, interval],
  );
  if (!row) throw new Error(`the plan ${plan} has no price a ${interval}`);
  return row.price_id;
}

/** Gives the account of a person a customer and a subscription at Stripe, and lets us read them. */
export async function subscribe(
  server: BillingServer,
  person: Pick<Person, "account" | "accessToken">,
  { plan = "pro", interval = "month", ...seed }: PayingAccountsOptions = {},
): Promise<PayingAccount> {
  const accountId = person.account.id;
  const metadata = { account_id: accountId };
  const priceId = await priceOf(server, plan, interval);
  const made = server.stripe.engine.seedSubscription({ priceId, metadata, customerMetadata: metadata, ...seed });
  await server.database.query(
    `insert into billing_customers (account_id, customer_id, created_at) values ($1, $2, $3)
     on conflict (account_id) do update set customer_id = excluded.customer_id`,
    [accountId, made.customerId, server.clock.now()],
  );
  const { status } = await server.request("POST", "/billing/sync", { token: person.accessToken, body: {} });
  if (status !== 200) throw new Error(`the subscription was not read: ${status}`);
  return { accountId, ...made };
}

import type { Engine } from "@gatehouse/sandbox/stripe/engine-face";
import type { TestDatabase } from "@gatehouse/testkit";

/** What a subscription of the simulator must have become with us. Written straight from its object, and not by the code that is tested. */
export interface Expected {
  readonly id: string;
  readonly status: unknown;
  readonly plan: string | null;
  readonly price_id: string | null;
  readonly seats: number;
  readonly current_period_end: string | null;
  readonly trial_ends_at: string | null;
  readonly cancels: boolean;
  readonly collection_paused: unknown;
  readonly ended: boolean;
  readonly open_invoice: string | null;
}
type Loose = Readonly<Record<string, unknown>>;
interface Item {
  readonly price: { readonly id: string };
  readonly quantity: number;
  readonly current_period_end: number;
}

/** @param planOf by price id @param openInvoices of the subscription, oldest first */
export function expectedOf(subscription: Loose, planOf: ReadonlyMap<string, string>, openInvoices: readonly Loose[]): Expected {
  const items = Object(subscription["items"]).data as Item[];
  const [item] = items;
  const { status } = subscription;
  const cancels = subscription["cancel_at_period_end"] === true || subscription["cancel_at"] !== null;
  const looks = ["past_due", "unpaid", "incomplete", "paused"].includes(String(status));
  return {
    id: String(subscription["id"]),
    status,
    plan: planOf.get(item?.price.id ?? "") ?? null,
    price_id: item?.price.id ?? null,
    seats: item?.quantity ?? 0,
    current_period_end: iso(item?.current_period_end),
    trial_ends_at: iso(subscription["trial_end"]),
    cancels,
    collection_paused: Object(subscription["pause_collection"]).behavior ?? null,
    ended: status === "canceled" || status === "incomplete_expired",
    open_invoice: looks ? (openInvoices.map((invoice) => String(invoice["id"]))[0] ?? null) : null,
  };
}

/** The same of our own row. */
export function storedOf(row: Loose): Expected {
  return {
    id: String(row["id"]),
    status: row["status"],
    plan: row["plan"] === null ? null : String(row["plan"]),
    price_id: row["price_id"] === null ? null : String(row["price_id"]),
    seats: Number(row["seats"]),
    current_period_end: row["current_period_end"] instanceof Date ? row["current_period_end"].toISOString() : null,
    trial_ends_at: row["trial_ends_at"] instanceof Date ? row["trial_ends_at"].toISOString() : null,
    cancels: row["cancel_at_period_end"] === true,
    collection_paused: row["collection_paused"],
    ended: row["ended_at"] !== null,
    open_invoice: Object(row["open_invoice"]).id ?? null,
  };
}

function iso(seconds: unknown): string | null {
  return typeof seconds === "number" ? new Date(seconds * 1000).toISOString() : null;
}

export interface Sides {
  readonly engine: Pick<Engine, "listOf">;
  readonly database: Pick<TestDatabase, "query">;
  /** By price id. */
  readonly planOf: ReadonlyMap<string, string>;
}
const COLUMNS =
  "id, status, plan, price_id, seats, current_period_end, trial_ends_at, cancel_at_period_end, collection_paused, ended_at, open_invoice";

/** Where the simulator and our rows differ about an account; null: nowhere. */
export async function difference(
  { engine, database, planOf }: Sides,
  account: { readonly id: string; readonly customerId: string },
): Promise<{ stripe: unknown; ours: unknown } | null> {
  const open = engine
    .listOf("invoice", account.customerId)
    .filter((one) => one["status"] === "open" && Number(one["amount_remaining"]) > 0);
  const of = (id: unknown) => open.filter((one) => Object(Object(one["parent"]).subscription_details).subscription === id).reverse();
  const stripe = engine.listOf("subscription", account.customerId).map((one) => expectedOf(one, planOf, of(one["id"])));
  const rows = await database.query(`select ${COLUMNS} from stripe_subscriptions where account_id = $1`, [account.id]);
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  const ours = rows.map(storedOf).sort(byId);
  stripe.sort(byId);
  return JSON.stringify(stripe) === JSON.stringify(ours) ? null : { stripe, ours };
}

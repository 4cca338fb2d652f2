import { keepLimitsInForce } from "../access/catalogue-versions.store.ts";
import type { App, Tx } from "../platform/app.ts";
import type { Stripe } from "../platform/stripe.ts";
import type { catalogueCalls } from "../platform/stripe-catalogue.ts";
import { stripeCodeOf } from "../platform/stripe-client.ts";
import { type Edits, listFlags, listPlans, storeCatalogue } from "./catalogue.store.ts";
import { type CatalogueAtStripe, type CatalogueChange, planCatalogue, type StoredCatalogue, wantedPrices } from "./plan-catalogue.ts";
import { listPrices, listUnarchived, markArchived, type StoredPrice, sellAt, stopSelling } from "./prices.store.ts";

/** What the catalogue asks of Stripe. */
export type CatalogueCalls = ReturnType<typeof catalogueCalls>;
export interface CatalogueApp extends Pick<App, "db" | "catalogue" | "clock"> {
  readonly stripe: Pick<Stripe, "configured" | "livemode"> & { calls(seconds: number): Promise<CatalogueCalls> };
}

const REASON = "the catalogue belongs to no account";
/**
 * Stripe remembers an answer by its idempotency key for a day, a 500 too (C2). Two runs at once must share the key, a run after a failure
 * must not; and what a lost answer has made is found by its lookup key.
 */
const KEY_MINUTES = 10;

/**
 * What `applyCatalogue` would do. Changes nothing.
 * @param seconds for all that is asked of Stripe
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function surveyCatalogue(app: CatalogueApp, seconds: number): Promise<CatalogueChange[]> {
  const { livemode, configured } = app.stripe;
  // First the database: what another run stores meanwhile is then at Stripe already when Stripe is read.
  const stored = await app.db.asSystem(
    REASON,
    async (tx): Promise<StoredCatalogue> => ({
      plans: await listPlans(tx),
      flags: await listFlags(tx),
      prices: await listPrices(tx, livemode),
      unarchived: await listUnarchived(tx, livemode),
    }),
  );
  return planCatalogue(app.catalogue, stored, configured ? await readStripe(app, await app.stripe.calls(seconds)) : null);
}

async function readStripe(app: CatalogueApp, calls: CatalogueCalls): Promise<CatalogueAtStripe> {
  const wanted = wantedPrices(app.catalogue);
  const ids = [...new Set(wanted.map((price) => price.productId))];
  const [prices, ...products] = await Promise.all([
    calls.readPrices(wanted.map((price) => price.lookupKey)),
    ...ids.map((id) => calls.readProduct(id)),
  ]);
  return { prices, products: products.filter((product) => product !== null) };
}

/**
 * Makes database and Stripe what the catalogue says; with Stripe not configured, the database's plans only.
 *
 * Twice is once, two at once are one, and what breaks off is completed by the next run: after each step the difference that is left is
 * visible in the database and at Stripe. An id is stored before the price that it replaces is archived, so that at no time an archived
 * price is for sale.
 * @param tell is given each change once it is made, also when a later one fails
 * @param edits `undo`: somebody who has seen what operators edited of plans asked for the catalogue as it is written
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function applyCatalogue(
  app: CatalogueApp,
  seconds: number,
  tell: (made: CatalogueChange) => void,
  edits: Edits = "undo",
): Promise<void> {
  const changes = await surveyCatalogue(app, seconds);
  if (changes.some(({ kind }) => STORED_AT_ONCE.has(kind))) await store(app, (tx) => storeCatalogue(tx, app.catalogue, edits));
  for (const change of changes) {
    if (change.kind === "archive_price") continue;
    await make(app, seconds, change);
    tell(change);
  }
  await archive(app, seconds, changes, tell);
}

/** Changes the tables, and keeps what they then say of limits as a version of the catalogue, together. */
function store(app: CatalogueApp, change: (tx: Tx) => Promise<void>): Promise<void> {
  return app.db.asSystem(REASON, async (tx) => {
    await change(tx);
    await keepLimitsInForce(tx, app.clock.now());
  });
}

/** What one transaction brings to the tables, all together. */
const STORED_AT_ONCE: ReadonlySet<CatalogueChange["kind"]> = new Set(["store_plan", "store_flag", "remove_flag"]);

/** A stand-in answers in milliseconds; one that does not must not hold up the start. */
const START_SECONDS = 5;

/**
 * At the start of a sandbox, where Stripe is played on this machine and nobody would think of applying: everything can be bought at once.
 * What goes wrong is a warning, and tried again by the next start.
 */
export async function applyPlayedCatalogue(app: CatalogueApp & Pick<App, "config" | "log">): Promise<void> {
  // Without encryption Stripe can only be on loopback (config.ts).
  if (!app.config.sandbox || !app.stripe.configured || !app.config.stripeApiBase.startsWith("http:")) return;
  try {
    await applyCatalogue(app, START_SECONDS, ({ what }) => app.log.debug({ what }, "the catalogue was applied"), "keep");
  } catch (error) {
    app.log.warn({ err: error }, "the plan catalogue could not be applied to the sandbox's Stripe; the next start tries again");
  }
}

async function make(app: CatalogueApp, seconds: number, change: CatalogueChange): Promise<void> {
  const { livemode } = app.stripe;
  switch (change.kind) {
    case "make_product":
      return makeProduct(await app.stripe.calls(seconds), change, keyEnd(app));
    case "mend_product":
      return (await app.stripe.calls(seconds)).updateProduct(change.productId, { name: change.name, active: true });
    case "make_price": {
      const { plan, isPerSeat, ...price } = change.price;
      const by = [price.lookupKey, price.currency, price.amountMinor, isPerSeat ? "seat" : "account", change.replaces ?? "first"];
      const calls = await app.stripe.calls(seconds);
      const made = await calls.createPrice({ ...price, nickname: `${plan} ${price.interval}` }, `${by.join(":")}:${keyEnd(app)}`);
      const stored: StoredPrice = { ...change.price, priceId: made.id };
      return store(app, (tx) => sellAt(tx, livemode, stored, change.replaces));
    }
    case "know_price":
      return store(app, (tx) => sellAt(tx, livemode, change.price, null));
    case "stop_selling":
      return store(app, (tx) => stopSelling(tx, livemode, change.plan, change.interval));
    case "store_plan":
    case "store_flag":
    case "remove_flag":
    case "archive_price":
      return;
  }
}

/** The id is ours, so that a second one cannot be made: that there is one already is what was wanted. */
async function makeProduct(calls: CatalogueCalls, product: { productId: string; name: string }, end: string): Promise<void> {
  const name = Buffer.from(product.name).toString("base64url");
  try {
    await calls.createProduct({ id: product.productId, name: product.name }, `${product.productId}:${name}:${end}`);
  } catch (error) {
    if (stripeCodeOf(error) !== "resource_already_exists") throw error;
  }
}

const keyEnd = (app: CatalogueApp): string => String(Math.floor(app.clock.now().getTime() / (KEY_MINUTES * 60_000)));

/** What the database says now, and not what was planned: another run may have decided otherwise. */
async function archive(
  app: CatalogueApp,
  seconds: number,
  changes: readonly CatalogueChange[],
  tell: (made: CatalogueChange) => void,
): Promise<void> {
  if (!app.stripe.configured) return;
  for (const { priceId } of await app.db.asSystem(REASON, (tx) => listUnarchived(tx, app.stripe.livemode))) {
    await (await app.stripe.calls(seconds)).archivePrice(priceId);
    await app.db.asSystem(REASON, (tx) => markArchived(tx, priceId, app.clock.now()));
    const planned = changes.find((change) => change.kind === "archive_price" && change.priceId === priceId);
    if (planned) tell(planned);
  }
}

import { type Flag, type FlagValue, whyNotFlagValue } from "./flags.ts";
import type { LimitKind } from "./limits.ts";
import { isChargeable } from "./money.ts";

export const PRICE_INTERVALS = ["month", "year"] as const;
export type PriceInterval = (typeof PRICE_INTERVALS)[number];

/** One way to pay for a plan. */
export interface PlanPrice {
  readonly interval: PriceInterval;
  /** ISO 4217, in lower case as Stripe writes it: `usd`. */
  readonly currency: string;
  /** In the smallest unit that Stripe counts in: cents, but whole yen (L25). */
  readonly amountMinor: number;
  /** true: the amount is for each seat. false: for the account, however many it has. */
  readonly perSeat: boolean;
}

export interface Plan {
  /** Stable name in code, database and Stripe lookup keys: `pro`, `team`. */
  readonly key: string;
  /** What people read. */
  readonly name: string;
  /** Shown on the pricing page. */
  readonly public: boolean;
  /** Rank: of two plans the higher one is the upgrade. */
  readonly order: number;
  /** By limit key; null is unlimited. Every plan names every limit, so that a missing one is a mistake and never "unlimited". */
  readonly limits: Readonly<Record<string, number | null>>;
  /** What the plan says of flags, by key; a flag that is not here has its own default. */
  readonly features: Readonly<Record<string, FlagValue>>;
  /** Empty: it cannot be bought; it is free, or sold by hand. */
  readonly prices: readonly PlanPrice[];
}

export interface Catalogue {
  /** Stable name of the product: ids of products and lookup keys of prices at Stripe begin with it. */
  readonly key: string;
  readonly productName: string;
  /** Key of the plan that the trial of a new account runs on. */
  readonly trialPlan: string;
  /** Key of the plan of who has no trial and pays nothing; null: without a plan there is nothing. */
  readonly fallbackPlan: string | null;
  readonly flags: readonly Flag[];
  /** What each limit counts, by limit key; every limit of a plan is here. */
  readonly limits: Readonly<Record<string, LimitKind>>;
  readonly plans: readonly Plan[];
}

const KEY = /^[a-z][a-z0-9_]{0,62}$/;
const KEY_RULE = "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter";

/** As people read it; of a plan that the catalogue has no more, its key. */
export const nameOfPlan = ({ plans }: Pick<Catalogue, "plans">, key: string): string => plans.find((plan) => plan.key === key)?.name ?? key;

/** The id that we give the plan's product at Stripe: `acme_pro`. */
export function productId(productKey: string, plan: string): string {
  return `${productKey}_${plan}`;
}

/** What the price is found by at Stripe, whatever its id: `acme_pro_month`. */
export function lookupKey(productKey: string, plan: string, interval: PriceInterval): string {
  return `${productKey}_${plan}_${interval}`;
}

/**
 * Everything that is wrong with the catalogue, each problem with the place where it is; empty when it is sound.
 * All at once, so that whoever edits a catalogue mends it in one go.
 */
export function whyNotCatalogue(catalogue: Catalogue): readonly string[] {
  const problems: string[] = [];
  if (!KEY.test(catalogue.key)) problems.push(`key: ${KEY_RULE}`);
  if (!isLabel(catalogue.productName)) problems.push("productName: must be a line of 1 to 100 characters");
  if (catalogue.plans.length === 0) problems.push("plans: must have at least one plan");
  if (!catalogue.plans.some((plan) => plan.key === catalogue.trialPlan)) {
    problems.push(`trialPlan: there is no plan ${JSON.stringify(catalogue.trialPlan)}`);
  }
  if (catalogue.fallbackPlan !== null && !catalogue.plans.some((plan) => plan.key === catalogue.fallbackPlan)) {
    problems.push(`fallbackPlan: there is no plan ${JSON.stringify(catalogue.fallbackPlan)}`);
  }
  problems.push(...problemsOfFlags(catalogue));
  const currency = catalogue.plans.flatMap((plan) => plan.prices)[0]?.currency;
  const limitKeys = [...new Set(catalogue.plans.flatMap((plan) => Object.keys(plan.limits)))].sort();
  catalogue.plans.forEach((plan, index) => {
    const at = `plans[${index}]`;
    problems.push(...problemsOfPlan(plan, at, limitKeys), ...problemsOfPrices(plan.prices, `${at}.prices`, currency));
    const earlier = catalogue.plans.slice(0, index);
    if (earlier.some((other) => other.key === plan.key))
      problems.push(`${at}.key: ${JSON.stringify(plan.key)} is taken by an earlier plan`);
    if (earlier.some((other) => other.order === plan.order)) problems.push(`${at}.order: ${plan.order} is taken by an earlier plan`);
  });
  for (const key of limitKeys)
    if (!Object.hasOwn(catalogue.limits, key))
      problems.push(`limits.${key}: is missing; a plan limits it, and what it counts must be said`);
  for (const key of limitKeys) if (!KEY.test(key)) problems.push(`limit ${JSON.stringify(key)}: its key ${KEY_RULE}`);
  return problems;
}

function problemsOfFlags({ flags, plans }: Catalogue): string[] {
  const byKey = new Map(flags.map((flag) => [flag.key, flag]));
  return [
    ...flags.filter(({ key }) => !KEY.test(key)).map(({ key }) => `flag ${JSON.stringify(key)}: its key ${KEY_RULE}`),
    ...(byKey.size === flags.length ? [] : ["flags: two have the same key"]),
    ...plans.flatMap((plan, index) =>
      Object.entries(plan.features).flatMap(([key, value]) => {
        const flag = byKey.get(key);
        const why = flag ? whyNotFlagValue(flag, value) : "there is no such flag";
        return why === null ? [] : [`plans[${index}].features.${key}: ${why}`];
      }),
    ),
  ];
}

function problemsOfPlan(plan: Plan, at: string, limitKeys: readonly string[]): string[] {
  const problems: string[] = [];
  if (!KEY.test(plan.key)) problems.push(`${at}.key: ${KEY_RULE}`);
  if (!isLabel(plan.name)) problems.push(`${at}.name: must be a line of 1 to 100 characters`);
  if (!isCount(plan.order)) problems.push(`${at}.order: must be a whole number, 0 or more`);
  for (const key of limitKeys) {
    const limit = Object.hasOwn(plan.limits, key) ? plan.limits[key] : undefined;
    if (limit === undefined) problems.push(`${at}.limits.${key}: is missing (another plan has it); null means unlimited`);
    else if (limit !== null && !isCount(limit)) problems.push(`${at}.limits.${key}: must be null or a whole number, 0 or more`);
  }
  return problems;
}

/** Twelve digits, the most that Stripe takes of any currency; of most it takes eight, and says so. */
const AMOUNT_MAX = 999_999_999_999;

/** @param currency of the catalogue's first price: a customer at Stripe pays in one currency only, so changing the plan must not change it (L25) */
function problemsOfPrices(prices: readonly PlanPrice[], at: string, currency: string | undefined): string[] {
  return prices.flatMap((price, index) => {
    const problems: string[] = [];
    const here = `${at}[${index}]`;
    if (!PRICE_INTERVALS.includes(price.interval)) problems.push(`${here}.interval: must be month or year`);
    if (prices.slice(0, index).some((other) => other.interval === price.interval))
      problems.push(`${here}.interval: ${JSON.stringify(price.interval)} is taken by an earlier price of the plan`);
    if (!/^[a-z]{3}$/.test(price.currency)) problems.push(`${here}.currency: must be three small letters, such as usd`);
    else if (price.currency !== currency) problems.push(`${here}.currency: must be ${currency}, as of the first price`);
    if (!Number.isInteger(price.amountMinor) || price.amountMinor < 1 || price.amountMinor > AMOUNT_MAX)
      problems.push(`${here}.amountMinor: must be a whole number from 1 to ${AMOUNT_MAX}`);
    else if (!isChargeable(price.amountMinor, price.currency))
      problems.push(`${here}.amountMinor: Stripe takes no such fraction of ${price.currency}`);
    return problems;
  });
}

function isLabel(text: string): boolean {
  // Names reach mail subjects and logs: a control character in one would be a header or a line of somebody else's making.
  return text.trim() === text && text.length >= 1 && text.length <= 100 && !/\p{Cc}/u.test(text);
}

/** Kept in `integer` columns, hence the bound. */
function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 2_147_483_647;
}

/**
 * Currencies whose smallest unit is not a hundredth, as Stripe counts them; all others are hundredths. Not by `Intl`, which is of another
 * opinion where Stripe keeps old amounts working: 500 ISK and 500 UGX of Stripe's are five krónur and five shillings.
 * @see https://docs.stripe.com/currencies#minor-units
 */
const ZERO_DECIMAL: ReadonlySet<string> = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMAL: ReadonlySet<string> = new Set("bhd jod kwd omr tnd".split(" "));
/** Counted in hundredths, of which Stripe charges none. */
const WHOLE_ONLY: ReadonlySet<string> = new Set(["isk", "ugx"]);
/** Only where no other currency is written with the same sign. */
const SIGNS: Readonly<Record<string, string>> = { usd: "$", eur: "€", gbp: "£", jpy: "¥" };

/** How many digits of an amount stand behind the point. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  const code = currency.toLowerCase();
  return ZERO_DECIMAL.has(code) ? 0 : THREE_DECIMAL.has(code) ? 3 : 2;
}

/**
 * An amount as a person reads it: `$29.00`, `¥500`, `29.00 CHF`, `-$1,234.50` (L25).
 * @param amountMinor a whole number of the currency's smallest unit, as Stripe counts it; below nothing it is a credit
 * @param currency ISO 4217, in either case
 */
export function sayMoney(amountMinor: number, currency: string): string {
  const code = currency.toLowerCase();
  const decimals = decimalsOf(code);
  const digits = Math.abs(amountMinor)
    .toFixed(0)
    .padStart(decimals + 1, "0");
  const split = digits.length - decimals;
  const whole = digits.slice(0, split).replace(/\B(?=(\d{3})+$)/g, ",");
  const number = decimals === 0 ? whole : `${whole}.${digits.slice(split)}`;
  const minus = amountMinor < 0 ? "-" : "";
  const sign = Object.hasOwn(SIGNS, code) ? SIGNS[code] : undefined;
  return sign === undefined ? `${minus}${number} ${code.toUpperCase()}` : `${minus}${sign}${number}`;
}

/** Can Stripe charge exactly this? Of thousandths the last digit must be 0, and of some currencies only whole units are charged. */
export function isChargeable(amountMinor: number, currency: string): boolean {
  if (WHOLE_ONLY.has(currency)) return amountMinor % 100 === 0;
  return !THREE_DECIMAL.has(currency) || amountMinor % 10 === 0;
}

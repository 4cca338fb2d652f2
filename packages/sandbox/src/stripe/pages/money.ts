/** Currencies without a minor unit. @see https://docs.stripe.com/currencies#zero-decimal */
const ZERO_DECIMAL = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
/** A thousandth is their minor unit. @see https://docs.stripe.com/currencies#three-decimal */
const THREE_DECIMAL = new Set("bhd jod kwd omr tnd".split(" "));

/**
 * An amount as a person reads it, such as $49.00, ¥500, KWD 1.250 (rules L25).
 * @param minor in the minor unit that Stripe counts in, which is not ISO 4217's for each currency: ISK, UGX and HUF have two decimals there
 */
export function money(minor: number, currency: string): string {
  const code = currency.toLowerCase();
  const decimals = ZERO_DECIMAL.has(code) ? 0 : THREE_DECIMAL.has(code) ? 3 : 2;
  const amount = minor / 10 ** decimals;
  if (!/^[a-z]{3}$/.test(code)) return `${amount.toFixed(decimals)} ${currency}`;
  const shape = { style: "currency", currency: code, minimumFractionDigits: decimals, maximumFractionDigits: decimals } as const;
  return new Intl.NumberFormat("en-US", shape).format(amount);
}

/** Such as "per month" or "every 3 months". */
export function perInterval(interval: string, count: number): string {
  return count === 1 ? `per ${interval}` : `every ${count} ${interval}s`;
}

/** Such as March 15, 2026; the day in UTC. @param unixSeconds Stripe's time */
export function day(unixSeconds: number): string {
  return new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" }).format(new Date(unixSeconds * 1000));
}

/** Such as 2026-03-15 09:30:00. */
export function minute(unixSeconds: number): string {
  const time = new Date(unixSeconds * 1000).toISOString();
  return `${time.slice(0, 10)} ${time.slice(11, 19)}`;
}

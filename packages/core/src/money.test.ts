import { expect, test } from "vitest";
import { decimalsOf, isChargeable, sayMoney } from "./money.ts";

test.each<[number, string, string]>([
  [29_00, "usd", "$29.00"],
  [29_00, "USD", "$29.00"],
  [5, "usd", "$0.05"],
  [50, "usd", "$0.50"],
  [0, "usd", "$0.00"],
  [-29_00, "usd", "-$29.00"],
  [100_000, "usd", "$1,000.00"],
  [123_456_789_012, "usd", "$1,234,567,890.12"],
  [29_00, "eur", "€29.00"],
  [29_00, "gbp", "£29.00"],
  [29_00, "chf", "29.00 CHF"],
  [-29_00, "chf", "-29.00 CHF"],
  [29_00, "cad", "29.00 CAD"],
  [29_00, "cny", "29.00 CNY"],
  [500, "jpy", "¥500"],
  [0, "jpy", "¥0"],
  [1_234_567, "jpy", "¥1,234,567"],
  [50_000, "krw", "50,000 KRW"],
  [5, "bhd", "0.005 BHD"],
  [5_120, "kwd", "5.120 KWD"],
  [1_234_560, "tnd", "1,234.560 TND"],
  [500, "isk", "5.00 ISK"],
  [500, "ugx", "5.00 UGX"],
  [29_00, "constructor", "29.00 CONSTRUCTOR"],
])("L25: %i of %s is %s", (amount, currency, text) => expect(sayMoney(amount, currency)).toBe(text));

test.each<[string, 0 | 2 | 3, string]>([
  ["zero", 0, "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"],
  ["three", 3, "bhd jod kwd omr tnd"],
  ["two", 2, "usd eur huf twd isk ugx"],
])("L25: Stripe counts these with %s decimals", (_, decimals, currencies) => {
  for (const currency of currencies.split(" ")) expect(decimalsOf(currency), currency).toBe(decimals);
});

test.each<[number, string, boolean]>([
  [29_99, "usd", true],
  [501, "jpy", true],
  [5_125, "kwd", false],
  [5_120, "kwd", true],
  [501, "isk", false],
  [500, "ugx", true],
])("L25: %i of %s can be charged: %s", (amount, currency, can) => expect(isChargeable(amount, currency)).toBe(can));

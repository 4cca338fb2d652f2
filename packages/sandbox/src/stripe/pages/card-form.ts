import { html, type Markup } from "../../markup.ts";
import type { RequestFields } from "./request-fields.ts";
import { inGroups, TEST_CARDS } from "./test-cards.ts";

/** The fields by which a request gives a card. */
export const CARD_FIELDS = ["card", "number", "expiry", "cvc"] as const;

export type CardInput =
  | { readonly card: string }
  /** What Stripe's own form says before it sends anything. */
  | { readonly declined: { readonly outcome: "declined"; readonly code: string; readonly message: string } };

/**
 * Reads `card` (a button, or a program), or `number`, `expiry` and `cvc` as they were typed.
 * @param now unix seconds
 * @returns null where no card was given
 */
export function readCard(fields: RequestFields, now: number): CardInput | null {
  const known = fields.text("card");
  const typed = fields.text("number");
  const given = known ?? typed;
  if (given === null) return null;
  const card = given.replace(/[\s-]/g, "");
  if (!/^\d{12,19}$/.test(card)) return declined("incorrect_number", "Your card number is incorrect.");
  const expiry = fields.text("expiry");
  const cvc = fields.text("cvc");
  if (known !== null) return { card };
  return (
    expiryProblem(expiry, now) ??
    (/^\d{3,4}$/.test(cvc ?? "") ? { card } : declined("invalid_cvc", "Your card's security code is invalid."))
  );
}

function expiryProblem(expiry: string | null, now: number): CardInput | null {
  const [, month = "", year = ""] = /^(\d{1,2})\s*\/?\s*(\d{2})$/.exec(expiry ?? "") ?? [];
  if (Number(month) < 1 || Number(month) > 12) return declined("invalid_expiry_month", "Your card's expiration month is invalid.");
  // A card is good through the last day of its month.
  if (Date.UTC(2000 + Number(year), Number(month), 1) <= now * 1000)
    return declined("invalid_expiry_year", "Your card's expiration year is invalid.");
  return null;
}

const declined = (code: string, message: string): CardInput => ({ declined: { outcome: "declined", code, message } });

/** Fields to type a card into, and a button for each test card, which needs none of them. */
export function cardForm(form: { action: string; submit: string; use: string; hidden?: Markup }): Markup {
  const buttons = TEST_CARDS.map(
    ({ number, what }) =>
      html`<li><button class="quiet" name="card" value="${number}" formnovalidate><span class="digits">${inGroups(number)}</span> ${what}</button></li>
`,
  );
  return html`<form method="post" action="${form.action}" class="card-form">
${form.hidden ?? html``}<label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" maxlength="23" required>
<div class="pair">
<div><label for="expiry">Expiry</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM/YY" maxlength="7" required></div>
<div><label for="cvc">CVC</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" maxlength="4" required></div>
</div>
<button class="wide">${form.submit}</button>
<fieldset>
<legend>${form.use}</legend>
<ul class="test-cards">
${buttons}</ul>
</fieldset>
</form>
`;
}

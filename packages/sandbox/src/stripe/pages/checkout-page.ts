import { html, type Markup } from "../../markup.ts";
import type { Engine, StripeObject } from "../engine-face.ts";
import { cardForm } from "./card-form.ts";
import { alert, hostedFrame, linkOut, type Place } from "./hosted-frame.ts";
import { day, money, perInterval } from "./money.ts";
import { idOf, numberAt, textAt } from "./object-fields.ts";

/** What a checkout session sells, as the page tells it and a program reads it. */
export interface CheckoutOffer {
  readonly id: string;
  readonly status: string;
  readonly currency: string;
  readonly lines: readonly OfferLine[];
  /** In the minor unit. */
  readonly due_today: number;
  readonly each_time: number;
  /** "per month"; null: paid once. */
  readonly interval: string | null;
  /** Unix seconds; null: no trial. */
  readonly trial_end: number | null;
  readonly needs_card: boolean;
  readonly email: string | null;
  readonly success_url: string | null;
  readonly cancel_url: string | null;
}
export interface OfferLine {
  readonly name: string;
  readonly quantity: number;
  readonly unit_amount: number;
  readonly interval: string | null;
}

export function readOffer(engine: Engine, session: StripeObject, trialEnd: number | null): CheckoutOffer {
  const id = idOf(session);
  const lines = engine.lineItems(id).map((line) => offerLine(engine, line));
  const eachTime = lines.reduce((sum, line) => sum + line.unit_amount * line.quantity, 0);
  const isFree = trialEnd !== null || (numberAt(session, "amount_total") ?? eachTime) === 0;
  const customer = engine.object(textAt(session, "customer") ?? "");
  return {
    id,
    status: textAt(session, "status") ?? "open",
    currency: textAt(session, "currency") ?? "usd",
    lines,
    due_today: trialEnd !== null ? 0 : (numberAt(session, "amount_total") ?? eachTime),
    each_time: eachTime,
    interval: lines.find((line) => line.interval !== null)?.interval ?? null,
    trial_end: trialEnd,
    needs_card: !(isFree && textAt(session, "payment_method_collection") === "if_required"),
    email: textAt(session, "customer_details.email") ?? textAt(session, "customer_email") ?? textAt(customer, "email"),
    success_url: textAt(session, "success_url")?.replaceAll("{CHECKOUT_SESSION_ID}", id) ?? null,
    cancel_url: textAt(session, "cancel_url"),
  };
}

function offerLine(engine: Engine, line: StripeObject): OfferLine {
  const interval = textAt(line, "price.recurring.interval");
  return {
    name: productName(engine, textAt(line, "price.product")) ?? textAt(line, "description") ?? "Subscription",
    quantity: numberAt(line, "quantity") ?? 1,
    unit_amount: numberAt(line, "price.unit_amount") ?? 0,
    interval: interval === null ? null : perInterval(interval, numberAt(line, "price.recurring.interval_count") ?? 1),
  };
}

export const productName = (engine: Engine, productId: string | null): string | null => textAt(engine.object(productId ?? ""), "name");

/** @param declined what Stripe said to the last try */
export function checkoutPage(place: Place, offer: CheckoutOffer, declined: string | null): Markup {
  const action = `${place.prefix}/checkout/${offer.id}`;
  const amount = (minor: number): string => money(minor, offer.currency);
  const submit = offer.due_today > 0 ? `Pay ${amount(offer.due_today)}` : offer.trial_end === null ? "Subscribe" : "Start trial";
  const withoutCard = html`<form method="post" action="${action}">
<button class="quiet wide" name="without_card" value="true">Go on without a card</button>
</form>
`;
  return hostedFrame(
    place,
    "Checkout",
    html`${linkOut(offer.cancel_url, "Back")}
<div class="split">
<section aria-labelledby="what">
<h1 id="what">Subscribe to ${offer.lines[0]?.name ?? "a plan"}</h1>
${offerLines(offer)}
<dl class="sums">
<dt>${offer.trial_end === null ? "Total" : "After the trial"}</dt><dd>${amount(offer.each_time)} ${offer.interval ?? ""}</dd>
<dt class="total">Due today</dt><dd class="total">${amount(offer.due_today)}</dd>
</dl>
${trialSentence(offer)}</section>
<section aria-labelledby="pay">
<h2 id="pay">Pay with a card</h2>
${alert(declined)}${
  offer.email === null
    ? html``
    : html`<p class="note">For ${offer.email}</p>
`
}${cardForm({ action, submit, use: "Or pay with a test card" })}${offer.needs_card ? html`` : withoutCard}</section>
</div>
`,
  );
}

function offerLines({ lines, currency }: CheckoutOffer): Markup {
  const rows = lines.map(
    (line) =>
      html`<tr><td>${line.name}</td><td>${line.quantity} × ${money(line.unit_amount, currency)} ${line.interval ?? ""}</td><td class="amount">${money(line.unit_amount * line.quantity, currency)}</td></tr>
`,
  );
  return html`<table>
<thead><tr><th scope="col">Plan</th><th scope="col">Seats × price</th><th scope="col" class="amount">Amount</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}

function trialSentence(offer: CheckoutOffer): Markup {
  if (offer.trial_end === null) return html``;
  return html`<p>Free until ${day(offer.trial_end)}, then ${money(offer.each_time, offer.currency)} ${offer.interval ?? ""}.</p>
`;
}

import { html, type Markup } from "../../markup.ts";
import type { Engine, StripeObject } from "../engine-face.ts";
import { cardForm } from "./card-form.ts";
import { alert, hostedFrame, type Place } from "./hosted-frame.ts";
import { day, money } from "./money.ts";
import { idOf, numberAt, objectsAt, textAt } from "./object-fields.ts";

/** An invoice, as its hosted page tells it and a program reads it. Amounts in the minor unit, times in unix seconds. */
export interface InvoiceView {
  readonly id: string;
  readonly number: string | null;
  readonly status: string;
  readonly currency: string;
  readonly amount_due: number;
  readonly amount_remaining: number;
  readonly created: number;
  readonly attempt_count: number;
  readonly next_payment_attempt: number | null;
  readonly customer: string | null;
  readonly card: CardView | null;
  readonly lines: readonly { readonly description: string; readonly amount: number }[];
}

export interface CardView {
  readonly brand: string;
  readonly last4: string;
  readonly exp_month: number;
  readonly exp_year: number;
}

export function readInvoice(engine: Engine, invoice: StripeObject): InvoiceView {
  const customer = textAt(invoice, "customer");
  return {
    id: idOf(invoice),
    number: textAt(invoice, "number"),
    status: textAt(invoice, "status") ?? "draft",
    currency: textAt(invoice, "currency") ?? "usd",
    amount_due: numberAt(invoice, "amount_due") ?? 0,
    amount_remaining: numberAt(invoice, "amount_remaining") ?? 0,
    created: numberAt(invoice, "created") ?? 0,
    attempt_count: numberAt(invoice, "attempt_count") ?? 0,
    next_payment_attempt: numberAt(invoice, "next_payment_attempt"),
    customer,
    card: customer === null ? null : cardOnFile(engine, customer, textAt(invoice, "parent.subscription_details.subscription")),
    lines: objectsAt(invoice, "lines.data").map((line) => ({
      description: textAt(line, "description") ?? "",
      amount: numberAt(line, "amount") ?? 0,
    })),
  };
}

/** The card that would be charged: the subscription's own before the customer's. */
export function cardOnFile(engine: Engine, customerId: string, subscriptionId: string | null): CardView | null {
  const own = textAt(engine.object(subscriptionId ?? ""), "default_payment_method");
  const method = engine.object(own ?? textAt(engine.object(customerId), "invoice_settings.default_payment_method") ?? "");
  const last4 = textAt(method, "card.last4");
  if (last4 === null) return null;
  const brand = textAt(method, "card.brand") ?? "card";
  return { brand, last4, exp_month: numberAt(method, "card.exp_month") ?? 0, exp_year: numberAt(method, "card.exp_year") ?? 0 };
}

export const cardInWords = ({ brand, last4, exp_month, exp_year }: CardView): string =>
  `${brand.charAt(0).toUpperCase()}${brand.slice(1)} ending in ${last4}, expires ${String(exp_month).padStart(2, "0")}/${exp_year}`;

/** @param declined what Stripe said to the last try */
export function invoicePage(place: Place, invoice: InvoiceView, declined: string | null): Markup {
  const amount = (minor: number): string => money(minor, invoice.currency);
  const rows = invoice.lines.map(
    (line) => html`<tr><td>${line.description}</td><td class="amount">${amount(line.amount)}</td></tr>
`,
  );
  return hostedFrame(
    place,
    `Invoice ${invoice.number ?? ""}`,
    html`<div class="split">
<section aria-labelledby="what">
<h1 id="what">Invoice ${invoice.number ?? ""}</h1>
<p class="sum">${amount(invoice.amount_due)} <span class="state ${stateLook(invoice.status)}">${invoice.status}</span></p>
<dl><dt>Of</dt><dd>${day(invoice.created)}</dd>${nextAttempt(invoice)}</dl>
<table>
<thead><tr><th scope="col">For</th><th scope="col" class="amount">Amount</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</section>
<section aria-labelledby="pay">
<h2 id="pay">${invoice.status === "open" ? `Pay ${amount(invoice.amount_remaining)}` : "Payment"}</h2>
${alert(declined)}${invoice.status === "open" ? payForms(place, invoice) : html`<p>${settled(invoice.status)}</p>`}</section>
</div>
`,
  );
}

function nextAttempt({ status, next_payment_attempt }: InvoiceView): Markup {
  if (status !== "open" || next_payment_attempt === null) return html``;
  return html`<dt>Tried again</dt><dd>${day(next_payment_attempt)}</dd>`;
}

function payForms(place: Place, invoice: InvoiceView): Markup {
  const action = `${place.prefix}/invoices/${invoice.id}`;
  const again = html`<form method="post" action="${action}">
<p>On file: ${invoice.card === null ? "" : cardInWords(invoice.card)}</p>
<button class="quiet wide">Pay with the card on file</button>
</form>
`;
  const form = cardForm({ action, submit: `Pay ${money(invoice.amount_remaining, invoice.currency)}`, use: "Or pay with a test card" });
  return html`${invoice.card === null ? html`` : again}${form}`;
}

function settled(status: string): string {
  switch (status) {
    case "paid":
      return "This invoice is paid. Nothing more is to be done.";
    case "void":
      return "This invoice was voided: it need not and cannot be paid.";
    case "draft":
      return "This invoice is a draft: it can be paid when it is final.";
    default:
      return "This invoice cannot be paid here.";
  }
}

/** How a state is coloured; it is always told in words too. */
export function stateLook(status: string): "good" | "bad" | "plain" {
  if (["paid", "active", "trialing", "succeeded", "complete", "delivered"].includes(status)) return "good";
  if (["past_due", "unpaid", "canceled", "incomplete", "incomplete_expired", "uncollectible", "failed", "open"].includes(status))
    return "bad";
  return "plain";
}

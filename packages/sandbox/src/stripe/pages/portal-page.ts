import { html, type Markup } from "../../markup.ts";
import { cardForm } from "./card-form.ts";
import { alert, hostedFrame, linkOut, type Place } from "./hosted-frame.ts";
import { cardInWords, type InvoiceView, stateLook } from "./invoice-page.ts";
import { day, money } from "./money.ts";
import type { PortalView, SubscriptionView } from "./portal-view.ts";

const INVOICES_SHOWN = 24;

/** @param said what became of the last thing that was asked for */
export function portalPage(place: Place, portal: PortalView, said: string | null): Markup {
  const base = `${place.prefix}/portal/${portal.id}`;
  const live = portal.subscriptions.filter((subscription) => !subscription.has_ended);
  const plans = live.map((subscription) => subscriptionPart(base, portal, subscription));
  const none = html`<p class="empty">There is no subscription now.</p>
`;
  return hostedFrame(
    place,
    "Manage billing",
    html`${linkOut(portal.return_url, "Return")}
<h1>Manage billing</h1>
<p class="lead">${portal.customer.name ?? portal.customer.email ?? portal.customer.id}</p>
${alert(said)}${live.length === 0 ? none : plans}
<div class="split">
<section aria-labelledby="card">
<h2 id="card">Payment method</h2>
<p>${portal.card === null ? "No card is on file." : cardInWords(portal.card)}</p>
${cardPart(base, portal)}</section>
<section aria-labelledby="invoices">
<h2 id="invoices">Invoices</h2>
${invoicesPart(place, portal.invoices)}</section>
</div>
`,
  );
}

function subscriptionPart(base: string, portal: PortalView, subscription: SubscriptionView): Markup {
  const { id, plan, quantity, unit_amount, currency, interval, status } = subscription;
  const which = html`<input type="hidden" name="subscription" value="${id}">`;
  const button = (action: string, text: string, look: string): Markup =>
    html`<form method="post" action="${base}/${action}">${which}<button class="${look}">${text}</button></form>
`;
  return html`<section class="panel" aria-label="${plan}">
<h2>${plan} <span class="state ${stateLook(status)}">${status.replaceAll("_", " ")}</span></h2>
<p>${money(unit_amount * quantity, currency)} ${interval} (${quantity} × ${money(unit_amount, currency)})</p>
<p>${whatComes(subscription)}</p>
${planForm(base, portal, subscription, which)}<div class="row">
${subscription.ends_at === null ? button("cancel", "Cancel at the end of the period", "quiet") : button("resume", "Do not cancel", "")}
${status === "paused" ? button("unpause", "Resume", "") : button("pause", "Pause", "quiet")}</div>
</section>
`;
}

function whatComes({ ends_at, status, current_period_end, trial_end }: SubscriptionView): string {
  if (ends_at !== null) return `It ends on ${day(ends_at)}.`;
  if (status === "paused") return "It is paused: nothing is charged.";
  if (status === "trialing" && trial_end !== null) return `The trial ends on ${day(trial_end)}; then it is charged.`;
  if (status === "active" && current_period_end !== null) return `It renews on ${day(current_period_end)}.`;
  return "A payment is outstanding: see the invoices.";
}

function planForm(base: string, portal: PortalView, current: SubscriptionView, which: Markup): Markup {
  const options = portal.plans.map(({ price, plan, unit_amount, currency, interval }) => {
    const text = `${plan}: ${money(unit_amount, currency)} ${interval}`;
    return price === current.price
      ? html`<option value="${price}" selected>${text} (now)</option>`
      : html`<option value="${price}">${text}</option>`;
  });
  const planId = `plan-${current.id}`;
  const seatsId = `seats-${current.id}`;
  return html`<form method="post" action="${base}/plan" class="row">${which}
<label for="${planId}">Plan</label> <select id="${planId}" name="price">${options}</select>
<label for="${seatsId}">Seats</label> <input id="${seatsId}" name="quantity" type="number" min="1" max="10000" value="${current.quantity}" required>
<button>Change</button></form>
`;
}

/** Folded away where nothing calls for another card. */
function cardPart(base: string, { card, invoices }: PortalView): Markup {
  const form = cardForm({ action: `${base}/card`, submit: card === null ? "Add card" : "Change card", use: "Or take a test card" });
  const isCalledFor = card === null || invoices.some(({ status }) => status === "open");
  if (isCalledFor) return form;
  return html`<details><summary>Change the card</summary>
${form}</details>
`;
}

function invoicesPart(place: Place, invoices: readonly InvoiceView[]): Markup {
  if (invoices.length === 0)
    return html`<p class="empty">None yet.</p>
`;
  const rows = invoices.slice(0, INVOICES_SHOWN).map(
    (invoice) =>
      html`<tr><td><a href="${place.prefix}/invoices/${invoice.id}">${day(invoice.created)}</a></td><td class="amount">${money(invoice.amount_due, invoice.currency)}</td><td><span class="state ${stateLook(invoice.status)}">${invoice.status}</span></td></tr>
`,
  );
  return html`<table>
<thead><tr><th scope="col">Of</th><th scope="col" class="amount">Amount</th><th scope="col">State</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
`;
}

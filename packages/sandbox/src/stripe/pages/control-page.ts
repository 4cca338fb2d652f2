import { html, type Markup } from "../../markup.ts";
import { FAULT_KINDS } from "../faults.ts";
import type { StripeStandIn } from "../stand-in.ts";
import { AFTER_RETRIES, type ControlView, DELIVERY_MODES, type EventView, readControl, readEvents } from "./control-view.ts";
import { alert, controlFrame, type Place } from "./hosted-frame.ts";
import { stateLook } from "./invoice-page.ts";
import { day, minute, money } from "./money.ts";
import { idOf, isTrueAt, numberAt, textAt } from "./object-fields.ts";
import { subscriptionView } from "./portal-view.ts";

const ROWS_MAX = 25;
const EVENTS_MAX = 60;

const FAULTS_IN_WORDS: Readonly<Record<(typeof FAULT_KINDS)[number], string>> = {
  none: "answers as it should",
  down: "is down: connections break",
  slow: "is slow: no answer for 30 s",
  "429": "answers 429, too many requests",
  "500": "answers 500",
  garbage: "answers 200 with garbage",
  lost_answer: "does the work and loses the answer",
};
const MODES_IN_WORDS: Readonly<Record<(typeof DELIVERY_MODES)[number], string>> = {
  prompt: "at once",
  held: "held until released",
  dropped: "never",
  doubled: "twice",
  shuffled: "in another order",
};

/** What a merchant sees in the dashboard, and what no merchant can do: break it. @param said what could not be done */
export function controlPage(place: Place, stripe: StripeStandIn, said: string | null): Markup {
  const control = readControl(stripe);
  return controlFrame(
    place,
    "Stripe",
    html`<h1>Stripe</h1>
<p class="lead">A stand-in that the product takes for Stripe. It runs on the sandbox's clock, now ${control.now.slice(0, 19).replace("T", " ")} UTC.
Here it can be watched, and broken.</p>
${alert(said)}<div class="split">
${webhooksPart(place, control)}${faultsPart(place, control)}</div>
${subscriptionsPart(place, stripe)}${customersPart(place, stripe)}${invoicesPart(place, stripe)}${paymentsPart(place, stripe)}${eventsPart(place, readEvents(stripe, EVENTS_MAX), control)}`,
  );
}

function choices(known: readonly string[], current: string, words: Readonly<Record<string, string>>): Markup[] {
  return known.map((key) => {
    const text = words[key] ?? key.replaceAll("_", " ");
    return key === current ? html`<option value="${key}" selected>${text}</option>` : html`<option value="${key}">${text}</option>`;
  });
}

function webhooksPart({ prefix }: Place, { webhooks, after_retries }: ControlView): Markup {
  const count = webhooks.pending.length;
  const release = html`<form method="post" action="${prefix}/control/webhooks/release" class="row">
<button name="order" value="in_order">Release ${count} in order</button>
<button class="quiet" name="order" value="shuffled">Release shuffled</button>
</form>
`;
  return html`<section class="panel" aria-labelledby="webhooks">
<h2 id="webhooks">Webhooks</h2>
<p class="note">${webhooks.url === null ? "No endpoint is set: events are kept, and sent to nobody." : `To ${webhooks.url}`}</p>
<form method="post" action="${prefix}/control/webhooks" class="row">
<label for="mode">Events come</label> <select id="mode" name="mode">${choices(DELIVERY_MODES, webhooks.mode, MODES_IN_WORDS)}</select> <button>Set</button>
</form>
<p>${count === 0 ? "None is held or waits for another try." : `${count} held, or waiting for another try.`}</p>
${count === 0 ? html`` : release}<form method="post" action="${prefix}/control/settings" class="row">
<label for="after">After the last retry, a subscription becomes</label>
<select id="after" name="after_retries">${choices(AFTER_RETRIES, after_retries, { cancel: "canceled", pause: "paused" })}</select> <button>Set</button>
</form>
</section>
`;
}

function faultsPart({ prefix }: Place, { faults }: ControlView): Markup {
  const times = faults.times_left === null ? "" : ` (${faults.times_left} more)`;
  return html`<section class="panel" aria-labelledby="faults">
<h2 id="faults">Faults of the API</h2>
<p>It ${FAULTS_IN_WORDS[faults.kind]}${times}.</p>
<form method="post" action="${prefix}/control/faults">
<p><label for="kind">The API</label> <select id="kind" name="kind">${choices(FAULT_KINDS, faults.kind, FAULTS_IN_WORDS)}</select></p>
<p><label for="times">For so many requests</label> <input id="times" name="times" type="number" min="1" max="100000" placeholder="all"></p>
<button>Set</button>
</form>
</section>
`;
}

function button(place: Place, action: string, field: string, id: string, text: string): Markup {
  return html`<form method="post" action="${place.prefix}/control/${action}"><input type="hidden" name="${field}" value="${id}"><button class="quiet small">${text}</button></form>`;
}

/** @param heads the last one is of the buttons */
function table(id: string, title: string, heads: readonly string[], rows: Markup[]): Markup {
  const columns = heads.map((head) => html`<th scope="col">${head}</th>`);
  const body = html`<div class="wide-table" role="region" aria-labelledby="${id}" tabindex="0"><table>
<thead><tr>${columns}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>
`;
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${rows.length === 0 ? html`<p class="empty">None yet.</p>` : body}</section>
`;
}

const state = (status: string): Markup => html`<span class="state ${stateLook(status)}">${status.replaceAll("_", " ")}</span>`;

function subscriptionsPart(place: Place, { engine }: StripeStandIn): Markup {
  const rows = engine
    .list("subscription")
    .slice(0, ROWS_MAX)
    .map((object) => ({ ...subscriptionView(engine, object), customer: textAt(object, "customer") ?? "" }))
    .map(
      (
        one,
      ) => html`<tr><td>${one.plan}, ${one.quantity} × ${money(one.unit_amount, one.currency)} ${one.interval}<br><code>${one.id}</code></td><td>${state(one.status)}</td>
<td>${textAt(engine.object(one.customer), "email") ?? one.customer}</td><td>${one.ends_at === null ? (one.current_period_end === null ? "" : `to ${day(one.current_period_end)}`) : `ends ${day(one.ends_at)}`}</td>
<td>${one.has_ended ? "" : button(place, "cancel", "subscription", one.id, "Cancel now")}</td></tr>
`,
    );
  return table("subscriptions", "Subscriptions", ["Plan", "Status", "Customer", "Period", "Do"], rows);
}

function customersPart(place: Place, { engine }: StripeStandIn): Markup {
  const rows = engine
    .list("customer")
    .filter((customer) => !isTrueAt(customer, "deleted"))
    .slice(0, ROWS_MAX)
    .map(
      (
        customer,
      ) => html`<tr><td>${textAt(customer, "email") ?? "(no address)"}<br><code>${idOf(customer)}</code></td><td>${textAt(customer, "name") ?? ""}</td>
<td>${button(place, "delete_customer", "customer", idOf(customer), "Delete")}</td></tr>
`,
    );
  return table("customers", "Customers", ["Address", "Name", "Do"], rows);
}

function invoicesPart({ prefix }: Place, { engine }: StripeStandIn): Markup {
  const rows = engine
    .list("invoice")
    .slice(0, ROWS_MAX)
    .map(
      (invoice) => html`<tr><td><a href="${prefix}/invoices/${idOf(invoice)}">${textAt(invoice, "number") ?? idOf(invoice)}</a></td>
<td>${money(numberAt(invoice, "amount_due") ?? 0, textAt(invoice, "currency") ?? "usd")}</td><td>${state(textAt(invoice, "status") ?? "draft")}</td><td>${numberAt(invoice, "attempt_count") ?? 0}</td></tr>
`,
    );
  return table("invoices", "Invoices", ["Number", "Amount", "Status", "Tries"], rows);
}

function paymentsPart(place: Place, { engine }: StripeStandIn): Markup {
  const rows = engine
    .list("charge")
    .slice(0, ROWS_MAX)
    .map((charge) => {
      const id = idOf(charge);
      const isOpen = textAt(charge, "status") === "succeeded" && !isTrueAt(charge, "refunded") && !isTrueAt(charge, "disputed");
      const marks = ["refunded", "disputed"].filter((mark) => isTrueAt(charge, mark)).join(", ");
      const buttons = [button(place, "refund", "charge", id, "Refund"), button(place, "dispute", "charge", id, "Dispute")];
      return html`<tr><td>${money(numberAt(charge, "amount") ?? 0, textAt(charge, "currency") ?? "usd")}<br><code>${id}</code></td>
<td>${state(textAt(charge, "status") ?? "")} ${marks}</td><td>${textAt(charge, "failure_message") ?? ""}</td><td><div class="row">${isOpen ? buttons : ""}</div></td></tr>
`;
    });
  return table("payments", "Payments", ["Amount", "Status", "Why", "Do"], rows);
}

function eventsPart(place: Place, events: readonly EventView[], { webhooks }: ControlView): Markup {
  const rows = events.map((event) => {
    const tries =
      event.tries > 1 ? ` (${event.tries} tries, last ${event.last_status})` : event.last_status === null ? "" : ` (${event.last_status})`;
    const again = webhooks.url === null ? html`` : button(place, "webhooks/deliver", "id", event.id, "Deliver again");
    return html`<tr><td>${event.type}<br><code>${event.id}</code></td><td>${minute(event.created)}</td><td>${state(event.delivery)}${tries}</td><td>${again}</td></tr>
`;
  });
  return table("events", `Events, the newest ${EVENTS_MAX}`, ["Type", "Time (UTC)", "Delivery", "Do"], rows);
}

import { callApi, resumeSession } from "./api.js";
import { invoiceInWords, offerInWords, problemInWords, returnInWords, rowsOf, whyClosed } from "./billing-words.js";
import { onSend, part, say, showStep, start, takeParameters } from "./steps.js";

let session;
let state;

start(async () => {
  const cameFrom = takeParameters().get("checkout");
  session = await resumeSession();
  if (!session) return showStep("signed-out");
  state = await call("GET", "/billing/state");
  if (cameFrom !== null) await comeBack(cameFrom);
  show();
  showStep("state");
  await showInvoices();
});

const call = (method, path, body) => callApi(method, path, { accessToken: session.accessToken, ...(body === undefined ? {} : { body }) });

/** Back from Stripe's page, maybe before its webhook: what was done there is asked for. */
async function comeBack(cameFrom) {
  const sessionId = cameFrom.startsWith("cs_") ? cameFrom : null;
  if (cameFrom !== "canceled") state = await call("POST", "/billing/sync", sessionId === null ? {} : { session_id: sessionId });
  say("done", returnInWords(cameFrom, state));
}

function show() {
  const { actions, configured } = state.plan_billing;
  say("account", `${session.account.name}, signed in as ${session.user.email}`);
  say("why-closed", whyClosed(state.access));
  part("facts").replaceChildren(...rowsOf(state).flatMap(([name, words]) => [cell("dt", name), cell("dd", words)]));
  part("verify").hidden = state.verification.verified;
  part("no-checkout").hidden = configured;
  showProblem(state.subscription.payment_problem);
  part("portal").hidden = !actions.includes("portal");
  showOffers(actions);
}

function showProblem(problem) {
  part("problem").hidden = problem === null;
  if (problem === null) return;
  say("problem-words", problemInWords(problem));
  const isElsewhere = problem.mend.url !== location.href.split(/[?#]/)[0];
  part("problem-mend").href = problem.mend.url;
  part("problem-mend").hidden = !isElsewhere;
}

function showOffers(actions) {
  const { offers } = state.plan_billing;
  const mayChange = actions.includes("change");
  part("choose").hidden = offers.length === 0 || !(mayChange || actions.includes("checkout"));
  say("choose-title", mayChange ? "Change plan or seats" : "Choose a plan");
  say("choose-button", mayChange ? "Change it now" : "Go to payment");
  say("choose-hint", mayChange ? "What costs more is charged now for the rest of the period; what costs less is credited." : "");
  const { plan, interval, seats } = state.subscription;
  const current = Math.max(
    0,
    offers.findIndex((offer) => offer.plan === plan && (interval === null || offer.interval === interval)),
  );
  part("offers").append(...offers.map((offer, index) => choice(offer, index, index === current)));
  part("seats").value = String(seats ?? Math.max(1, state.limits.seats?.used ?? 1));
  part("offers").addEventListener("change", showSeats);
  showSeats();
}

function choice(offer, index, isChosen) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "offer", value: String(index), checked: isChosen, required: true });
  label.append(input, ` ${offerInWords(offer)}`);
  return label;
}

const chosenOffer = () => state.plan_billing.offers[Number(part("offers").querySelector("input:checked")?.value ?? 0)];

function showSeats() {
  const isPerSeat = chosenOffer()?.per_seat ?? false;
  part("seats-row").hidden = !isPerSeat;
  part("seats").disabled = !isPerSeat;
}

onSend("choose", async () => {
  const { plan, interval, per_seat: isPerSeat } = chosenOffer();
  const wish = { plan, interval, ...(isPerSeat ? { seats: Number(part("seats").value) } : {}) };
  if (!state.plan_billing.actions.includes("change")) {
    location.assign((await call("POST", "/billing/checkout-session", wish)).url);
    return;
  }
  state = await call("PATCH", "/billing/subscription", wish);
  for (const label of part("offers").querySelectorAll("label")) label.remove();
  say("done", "The plan is changed.");
  show();
});

onSend("portal", async () => {
  location.assign((await call("POST", "/billing/portal-session", {})).url);
});

async function showInvoices() {
  if (!state.plan_billing.actions.includes("portal")) return;
  const { items } = await call("GET", "/billing/invoices?limit=12").catch(() => ({ items: [] }));
  part("invoices").hidden = items.length === 0;
  part("invoice-list").append(...items.map(invoiceLine));
}

function invoiceLine(invoice) {
  const line = document.createElement("li");
  if (invoice.page_url === null) line.textContent = invoiceInWords(invoice);
  else {
    const link = document.createElement("a");
    Object.assign(link, { href: invoice.page_url, textContent: invoiceInWords(invoice) });
    line.append(link);
  }
  return line;
}

function cell(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

import { access, billing } from "@gatehouse/contract";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Customer, Stranger, Tour } from "./cast.ts";
import { DECLINED_CARD, GOOD_CARD, onHostedPage, seePage } from "./hosted-pages.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { addDays, dayOf, registerOnLaptop, TRIAL_DAYS } from "./sign-up.ts";
import { tokenLink } from "./site.ts";
import { followLink } from "./verify-address.ts";
import { sayInstant, sayRefusal, sayState } from "./words.ts";

const CHECKOUT_DAY = 10;
const SEATS = 3;

/** Day 10 of a trial: a customer checks out, and nothing of the trial is lost. @returns the customer, with a plan that is paid for */
export async function becomesCustomer(tour: Tour, stranger: Stranger): Promise<Customer> {
  tour.chapter("A customer pays");
  const mary = await tour.step(`${stranger.name} registers, confirms the address, and comes back on day ${CHECKOUT_DAY}`, async (say) => {
    const { customer } = await registerOnLaptop(tour, stranger);
    const { token } = tokenLink(await stranger.mail.next("Confirm your email address"), "/verify-email");
    await followLink(tour, customer, token);
    const { now } = await tour.site.advance({ days: CHECKOUT_DAY });
    say(`It is ${sayInstant(now)}, ${dayOf(customer, now)}`);
    return customer;
  });
  await tour.step("GET /billing/state: what can be bought, and for how much", async (say) => {
    const { plan_billing } = await mary.laptop.call(access.billingState, {});
    mustBe("plan_billing.configured", true, plan_billing.configured);
    mustBe("what may be done", ["checkout"], plan_billing.actions);
    say(
      ...plan_billing.offers.map(
        (offer) => `${offer.display_name}: ${offer.text} per ${offer.per_seat ? "seat and " : ""}${offer.interval}`,
      ),
    );
  });
  await tour.step("What the server decides is not taken from the request: a price, a discount, a return address", async (say) => {
    const body = Object({ plan: "pro", price: "price_1", coupon: "FREE", success_url: "https://example.com" });
    say(...sayRefusal(await mary.laptop.refused(billing.createCheckoutSession, { body }, 422, "invalid_request")));
  });
  const checkout = await beginCheckout(tour, mary);
  await pay(tour, mary, checkout.url);
  await goesOn(tour, mary);
  return mary;
}

async function beginCheckout(tour: Tour, mary: Customer) {
  const trialEnd = new Date(Math.floor(addDays(mary.registeredAt, TRIAL_DAYS).getTime() / 1000) * 1000).toISOString();
  return await tour.step("Two tabs ask for the same checkout and get one; another plan ends it", async (say) => {
    const ask = (plan: string) => mary.laptop.call(billing.createCheckoutSession, { body: { plan, interval: "month", seats: SEATS } });
    const [one, other] = [await ask("team"), await ask("team")];
    mustBe("the session of the second tab", one.session_id, other.session_id);
    const checkout = await ask("pro");
    mustBe("plan, seats", ["pro", SEATS], [checkout.plan, checkout.seats]);
    mustBe("trial_ends_at: the rest of the trial, to the second", trialEnd, checkout.trial_ends_at);
    const ended = await tour.site.request(one.url, { headers: { accept: "text/html" } });
    mustHold(
      "the page of the first checkout",
      "says that it is over",
      ended.text.slice(0, 200),
      /expired|no longer|over/i.test(ended.text),
    );
    say(
      `Pro for ${SEATS} seats, nothing to pay before ${sayInstant(trialEnd)}`,
      `The page: ${new URL(checkout.url).pathname.slice(0, 50)}...`,
    );
    return checkout;
  });
}

async function pay(tour: Tour, mary: Customer, url: string): Promise<void> {
  await tour.step("On Stripe's page a card is declined, and nothing has happened", async (say) => {
    const page = await seePage(tour.site, url);
    mustHold("the page", "names the plan", page.slice(0, 200), page.includes("Pro"));
    const { outcome, code, message } = await onHostedPage(tour.site, url, { card: DECLINED_CARD });
    mustBe("the outcome", "declined", outcome);
    const state = await mary.laptop.call(access.billingState, {});
    mustBe("subscription.seats", null, state.subscription.seats);
    say(`${code}: ${message}`);
  });
  const back = await tour.step("Another card is taken; the page leads back", async (say) => {
    const { outcome, redirect_url } = await onHostedPage(tour.site, url, { card: GOOD_CARD });
    mustBe("the outcome", "paid", outcome);
    const leads = mustExist("redirect_url", redirect_url);
    await seePage(tour.site, leads);
    say(`Back to ${new URL(leads).pathname}`);
    return leads;
  });
  await tour.step("POST /billing/sync: the plan is there, whether the webhook has come or not", async (say) => {
    const session_id = mustExist("the session in the address", new URL(back).searchParams.get("checkout"));
    const state = await mary.laptop.call(billing.syncBilling, { body: { session_id } });
    mustBe(
      "subscription.plan, status, seats",
      ["pro", "trialing", SEATS],
      [state.subscription.plan, state.subscription.status, state.subscription.seats],
    );
    mustBe("what may be done", ["portal", "change"], state.plan_billing.actions);
    say(...sayState(state, mary.registeredAt));
  });
  await tour.step("A mail says so; a second checkout is refused; a forged event changes nothing", async (say) => {
    const mail = await mary.mail.next("has started");
    const problem = await mary.laptop.refused(billing.createCheckoutSession, { body: { plan: "team" } }, 409, "subscription_exists");
    const forged = await tour.site.request("/api/v1/webhooks/stripe", {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": "t=1,v1=00" },
      body: JSON.stringify({ id: "evt_forged", object: "event", type: "customer.subscription.deleted", data: { object: {} } }),
    });
    mustBe("the status of the forged event", 400, forged.status);
    say(`Subject: ${mail.subject}`, ...sayRefusal(problem), `The forged event: ${forged.status} ${JSON.parse(forged.text).code}`);
  });
}

async function goesOn(tour: Tour, mary: Customer): Promise<void> {
  await tour.step("The trial ends on day 14: the card is charged, and everything stays open", async (say) => {
    const { now } = await tour.site.advance({ days: TRIAL_DAYS - CHECKOUT_DAY + 1 });
    const state = await mary.laptop.call(access.billingState, {});
    mustBe("subscription.status", "active", state.subscription.status);
    mustBe("access.mode", "full", state.access.mode);
    await mary.laptop.call(trees.listTrees, { query: {} });
    const { items } = await mary.laptop.call(billing.listInvoices, { query: {} });
    mustBe("the newest invoice", "$87.00 paid", `${items[0]?.total.text} ${items[0]?.status}`);
    say(`It is ${dayOf(mary, now)}`, ...sayState(state, mary.registeredAt), `Invoice ${items[0]?.number}: ${items[0]?.total.text}, paid`);
  });
  await tour.step("Two seats more, charged in proportion; fewer than are used are refused", async (say) => {
    const state = await mary.laptop.call(billing.changeSubscription, { body: { seats: SEATS + 2 } });
    mustBe("subscription.seats", SEATS + 2, state.subscription.seats);
    mustBe("limits.seats.limit", SEATS + 2, mustExist("limits.seats", state.limits["seats"]).limit);
    const problem = await mary.laptop.refused(billing.changeSubscription, { body: { seats: 11 } }, 422, "seats_above_limit");
    say(`Seats: ${state.limits["seats"]?.used} of ${state.limits["seats"]?.limit} used`, ...sayRefusal(problem));
  });
}

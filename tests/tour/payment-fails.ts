import { access, billing, me } from "@gatehouse/contract";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Customer, Tour } from "./cast.ts";
import { FAILING_CARD, GOOD_CARD, onHostedPage, seePage } from "./hosted-pages.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { signInOnPhone } from "./second-device.ts";
import { dayOf } from "./sign-up.ts";
import { sayInstant, sayRefusal, sayState } from "./words.ts";

/** The card fails at a renewal: mails, grace, lock; a new card in the portal opens everything again. */
export async function paymentFails(tour: Tour, mary: Customer): Promise<void> {
  tour.chapter("A card fails, and is mended");
  await tour.step("In Stripe's portal the card is replaced by one that will fail", async (say) => {
    const { url } = await mary.laptop.call(billing.createPortalSession, { body: {} });
    await seePage(tour.site, url);
    mustBe("the outcome", "paid", (await onHostedPage(tour.site, `${url}/card`, { card: FAILING_CARD })).outcome);
    say(`The portal: ${new URL(url).pathname.slice(0, 44)}...`);
  });
  await tour.step("The next renewal fails: open for now, a mail with amount and next try, and the way to mend it", async (say) => {
    await tour.site.advance({ days: 20 });
    await mary.laptop.call(me.getMe, {}); // A session that nobody uses for 30 days ends.
    const { now } = await tour.site.advance({ days: 11 });
    const { subscription, access: door, ...rest } = await mary.laptop.call(access.billingState, {});
    mustBe("subscription.status", "past_due", subscription.status);
    mustBe("access.mode", "grace", door.mode);
    const problem = mustExist("payment_problem", subscription.payment_problem);
    mustBe("payment_problem", ["payment_failed", "$145.00"], [problem.kind, problem.text]);
    mustBe("payment_problem.mend.action", "update_payment", problem.mend.action);
    const mail = await mary.mail.next("payment");
    mustHold("the mail", "names the amount", mail.text, mail.text.includes("$145.00"));
    await mary.laptop.call(trees.listTrees, { query: {} });
    say(`It is ${dayOf(mary, now)}`, ...sayState({ subscription, access: door, ...rest }, mary.registeredAt));
    say(`Subject: ${mail.subject}`, `Next try: ${sayInstant(mustExist("next_attempt_at", problem.next_attempt_at))}`);
  });
  await tour.step("Fourteen days after the failure nobody has mended it: 402, with the reason and the way out", async (say) => {
    const { now } = await tour.site.advance({ days: 13.5 });
    const problem = await mary.laptop.refused(trees.listTrees, { query: {} }, 402, "subscription_required");
    mustBe("reason", "payment_required", problem.reason);
    say(`It is ${dayOf(mary, now)}; ${await mary.mail.count()} mails so far`, ...sayRefusal(problem));
  });
  await tour.step("She mends the card in the portal: what was open is paid at once, and the door is open", async (say) => {
    const { url } = await mary.laptop.call(billing.createPortalSession, { body: { purpose: "update_payment" } });
    mustBe("the outcome", "paid", (await onHostedPage(tour.site, `${url}/card`, { card: GOOD_CARD })).outcome);
    const state = await mary.laptop.call(billing.syncBilling, { body: {} });
    mustBe("subscription.status", "active", state.subscription.status);
    mustBe("subscription.payment_problem", null, state.subscription.payment_problem);
    await mary.laptop.call(trees.listTrees, { query: {} });
    say(...sayState(state, mary.registeredAt));
  });
}

/** She cancels, keeps what she paid for to its end, and comes back without a second trial. */
export async function leavesAndComesBack(tour: Tour, mary: Customer): Promise<void> {
  tour.chapter("Leaving and coming back");
  const endsAt = await tour.step("She cancels in the portal: open until the end of what is paid", async (say) => {
    const { url } = await mary.laptop.call(billing.createPortalSession, { body: { purpose: "cancel" } });
    await onHostedPage(tour.site, `${url}/cancel`);
    const state = await mary.laptop.call(billing.syncBilling, { body: {} });
    mustBe(
      "subscription.status, cancel_at_period_end",
      ["active", true],
      [state.subscription.status, state.subscription.cancel_at_period_end],
    );
    const ends = mustExist("subscription.ends_at", state.subscription.ends_at);
    mustBe("access.until", ends, state.access.until);
    const mail = await mary.mail.next("ends on");
    say(...sayState(state, mary.registeredAt), `Subject: ${mail.subject}`);
    return ends;
  });
  await tour.step("At the end it is shut, and says why", async (say) => {
    const { now } = await tour.site.clock();
    const days = Math.ceil((new Date(endsAt).getTime() - now.getTime()) / 86_400_000) + 1;
    await tour.site.advance({ days });
    const phone = await signInOnPhone(tour, mary);
    const problem = await phone.refused(trees.listTrees, { query: {} }, 402, "subscription_required");
    mustBe("reason", "canceled", problem.reason);
    mustBe("since", endsAt, problem["since"]);
    say(...sayRefusal(problem));
  });
  await tour.step("She subscribes again: no second trial, charged at once, open at once", async (say) => {
    const phone = await signInOnPhone(tour, mary);
    const checkout = await phone.call(billing.createCheckoutSession, { body: { plan: "team", interval: "year", seats: 1 } });
    mustBe("trial_ends_at", null, checkout.trial_ends_at);
    mustBe("the outcome", "paid", (await onHostedPage(tour.site, checkout.url, { card: GOOD_CARD })).outcome);
    const state = await phone.call(billing.syncBilling, { body: { session_id: checkout.session_id } });
    mustBe("subscription", ["team", "active", "year"], [state.subscription.plan, state.subscription.status, state.subscription.interval]);
    await phone.call(trees.listTrees, { query: {} });
    const { items } = await phone.call(billing.listInvoices, { query: {} });
    say(
      ...sayState(state, mary.registeredAt),
      `Invoices so far: ${items.map(({ total, status }) => `${total.text} ${status}`).join(", ")}`,
    );
  });
  await tour.step("GET /access/explain: the whole story", async (say) => {
    const phone = await signInOnPhone(tour, mary);
    const { timeline } = await phone.call(access.explainAccess, { query: {} });
    const told = timeline.filter(({ fact }) => fact === "stripe_subscription" || fact === "trial");
    mustHold("the timeline", "several changes of the subscription", told.length, told.length >= 8);
    say(...told.map(({ valid_from, value, cause }) => `${sayInstant(valid_from)}: ${Object(value).status ?? "trial"} (${cause})`));
  });
}

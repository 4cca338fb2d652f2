import { existsSync, readdirSync, readFileSync } from "node:fs";
import { asObject, hintOf, readEvent, readInvoice, readSubscription, recordOf, type StripeHint } from "@gatehouse/core";
import { describe, expect, test } from "vitest";

/** Events and objects that others recorded, beside the repository: they are not ours to publish, and are read where they are at hand. */
const folder = new URL("../../../shared/stripe/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

const subscription = (subscriptionId: string, customerId: string): StripeHint => ({
  kind: "subscription",
  subscriptionId,
  customerId,
  accountId: null,
});
const customer = (customerId: string): StripeHint => ({ kind: "customer", customerId });
const money = (objectId: string, chargeId: string | null, alarm: boolean): StripeHint => ({
  kind: "money",
  customerId: null,
  chargeId,
  objectId,
  alarm,
});
const ignored = (reason: string): StripeHint => ({ kind: "ignored", reason });
const other = ignored("nothing that we act on");
const payment = ignored("a checkout of another kind");

/** null: only the `data` of an event was recorded, and without its envelope it is none. */
const hints: Readonly<Record<string, StripeHint | null>> = {
  "pay--invoice.payment_action_required.json": null,
  "pay--payment_method.updated.json": null,
  "pay--subscription.trial_will_end.json": null,
  "pf--customer.subscription.updated.json": subscription("sub_1Tsk6U2fVmBzG7em2SW1Pnox", "cus_UsV6bblNTiPV0B"),
  "srm--charge.dispute.created.json": money("dp_000000000000000000000000", "ch_000000000000000000000000", true),
  "srm--charge.refunded.json": money("ch_000000000000000000000000", null, false),
  "srm--checkout.session.completed.json": payment,
  "srm--checkout.session.completed.setup_mode.json": payment,
  "srm--customer.subscription.created.json": subscription("sub_000000000000000000000000", "cus_00000000000000"),
  "srm--customer.subscription.trial_will_end.json": subscription("su_00000000000000", "cus_00000000000000"),
  "srm--customer.subscription.updated.json": subscription("sub_000000000000000000000000", "cus_00000000000000"),
  "srm--customer.updated.json": customer("cus_00000000000000"),
  "srm--invoice.paid.json": ignored("of no subscription"),
  "srm--invoice.payment_failed.json": ignored("of no subscription"),
  "srm--payment_method.attached.json": customer("cus_00000000000000"),
  "srm--price.updated.json": other,
  "srm--product.updated.json": other,
  "srm--subscription_schedule.updated.json": subscription("sub_000000000000000000000000", "cus_00000000000000"),
  "sse--active_entitlement_summary_updated.json": other,
  "sse--charge_dispute_closed.json": money("dp_1MLuxQJDPojXS6LNrukJCBBG", "ch_1IqtGAJDPojXS6LNstgEfUji", true),
  "sse--checkout_session_completed.json": payment,
  "sse--customer_deleted.json": customer("cus_IhGfebO16cMIGN"),
  "sse--invoice_finalized.json": subscription("sub_K4J0aB2bmSyb6b", "cus_J7Mkgr8mvbl1eK"),
  "sse--invoice_voided.json": subscription("sub_JsuPyCPhXWfZar", "cus_JsuO3bmrj0QlAw"),
  "sse--price_created.json": other,
  "sse--product_deleted.json": other,
  "sse--subscription_deleted.json": subscription("sub_JdIzvfy6o5GZRd", "cus_IhGfebO16cMIGN"),
};

describe.runIf(existsSync(folder))("what others recorded of Stripe", () => {
  test("R13: every payload has its expected hint below", () => {
    expect(readdirSync(new URL("events/", folder)).sort()).toEqual(Object.keys(hints).sort());
  });

  test.each(Object.entries(hints))("R13: %s, whatever version told it", (file, expected) => {
    const event = readEvent(read(`events/${file}`));
    expect(event && hintOf(event, event.livemode)).toEqual(expected);
    if (event) expect(hintOf(event, !event.livemode)).toMatchObject({ kind: "ignored" });
  });

  const object = (file: string): unknown => {
    const raw = asObject(read(`events/${file}`));
    return raw?.["object"] === "event" ? asObject(raw["data"])?.["object"] : raw?.["object"];
  };
  const price = { lookupKey: null, productId: null, isPerSeat: true, plan: "pro", planRank: 1 };
  test.each<[file: string, priceId: string, record: object]>([
    [
      "pf--customer.subscription.updated.json",
      "price_1Tsk6S2fVmBzG7em44DW3Qvr",
      { status: "active", seats: 1, currentPeriodEnd: "2026-08-13T13:41:02.000Z", interval: "month", cancelAtPeriodEnd: false },
    ],
    [
      "srm--customer.subscription.created.json",
      "price_000000000000000000000000",
      { status: "active", seats: 1, currentPeriodEnd: "2022-04-26T18:41:50.000Z", interval: "month", trialEndsAt: null },
    ],
    [
      "srm--customer.subscription.trial_will_end.json",
      // The second item of two: what is ours need not stand first (L8).
      "fkx0AFo_00000000000001",
      { status: "trialing", seats: 5, currentPeriodEnd: "2013-11-06T17:30:23.000Z", trialEndsAt: "2013-10-09T01:05:30.000Z" },
    ],
    [
      "pay--subscription.trial_will_end.json",
      "some-plan",
      { status: "active", seats: 2, currentPeriodEnd: "2017-03-08T15:45:24.000Z", interval: "month" },
    ],
    [
      "sse--subscription_deleted.json",
      "price_1IDQm5JDPojXS6LNM31hxKzp",
      { status: "canceled", seats: 1, currentPeriodEnd: "2021-07-08T10:41:58.000Z", endedAt: "2021-06-08T10:45:02.000Z" },
    ],
  ])("R13: %s is read as the subscription that it is", (file, priceId, expected) => {
    const observed = { subscription: object(file), openInvoices: [] };
    const result = recordOf(observed, [{ ...price, priceId }], null, new Date(0));
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({ record: { ...expected, plan: "pro" }, alarms: [] });
  });

  test.each<[file: string, invoice: object]>([
    ["pay--invoice.payment_action_required.json", { id: "in_1234", status: "open", amountMinor: 9184, currency: "usd", attemptCount: 0 }],
    ["srm--invoice.payment_failed.json", { status: "open", amountMinor: 2000, attemptCount: 1 }],
    ["srm--invoice.paid.json", { status: "paid", amountMinor: 0, attemptCount: 1 }],
    ["sse--invoice_voided.json", { status: "void", amountMinor: 0 }],
  ])("R13: %s is read as the invoice that it is", (file, expected) => expect(readInvoice(object(file))).toMatchObject(expected));

  test("the newest shapes of a subscription and an invoice are read", () => {
    const samples = asObject(read("objects-2026-07.json"));
    expect(readSubscription(samples?.["subscription"])).toEqual({
      id: "sub_1Pgc6rB7WZ01zgkWNy0Cn5nw",
      status: "active",
      livemode: false,
      customerId: "cus_QXg1o8vcGmoR32",
      isCustomerDeleted: false,
      accountId: null,
      items: [
        {
          id: "si_QXhVnC2h0Jczwc",
          priceId: "price_1PgafmB7WZ01zgkW6dKueIc5",
          lookupKey: null,
          productId: "prod_QXg1hqf4jFNsqG",
          interval: "month",
          quantity: 1,
          periodEnd: new Date(976_287_773_000),
        },
      ],
      createdAt: new Date(1_234_567_890_000),
      startedAt: new Date(1_234_567_890_000),
      trialStartsAt: new Date(1_234_567_890_000),
      trialEndsAt: new Date(1_234_567_890_000),
      cancelAtPeriodEnd: true,
      cancelAt: new Date(1_234_567_890_000),
      endedAt: new Date(1_234_567_890_000),
      pausedReason: null,
      collectionPaused: "mark_uncollectible",
      hasPaymentMethod: false,
      isInvoiced: false,
    });
    expect(readInvoice(samples?.["invoice"])).toEqual({
      id: "in_1Pgc6tB7WZ01zgkWu9fdqL6I",
      status: "draft",
      amountMinor: 1000,
      currency: "usd",
      attemptCount: 0,
      nextAttemptAt: new Date(1_234_567_890_000),
      url: null,
      createdAt: new Date(1_234_567_890_000),
      finalizedAt: null,
      needsAction: false,
    });
  });

  test("no object of the newest version, taken for any other, is more than it is", () => {
    for (const [kind, sample] of Object.entries(asObject(read("objects-2026-07.json")) ?? {})) {
      const isRead = { subscription: readSubscription(sample) !== null, invoice: readInvoice(sample) !== null };
      if (kind === "subscription" || kind === "invoice") expect(isRead[kind], kind).toBe(true);
      if (kind === "customer" || kind === "price") expect(isRead.subscription, kind).toBe(false);
    }
  });
});

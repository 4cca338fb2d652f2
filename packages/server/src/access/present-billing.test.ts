import { STRIPE_STATUSES } from "@gatehouse/core";
import { describe, expect, test } from "vitest";
import { type BillingFacts, presentActions, presentOffers, presentPaymentProblem, type SubscriptionDetails } from "./present-billing.ts";

const openInvoice = {
  id: "in_1",
  amountMinor: 2900,
  currency: "usd",
  attemptCount: 2,
  nextAttemptAt: new Date("2026-01-05T00:00:00.000Z"),
  url: "https://invoice.example.com/in_1",
  needsAction: false,
};
const subscription = (status: string, change: Partial<SubscriptionDetails> = {}): SubscriptionDetails => ({
  id: "sub_1",
  status,
  plan: "pro",
  interval: "month",
  pastDueSince: null,
  pausedReason: null,
  collectionPaused: null,
  openInvoice: null,
  ...change,
});
const facts = (...subscriptions: SubscriptionDetails[]): BillingFacts => ({ hasCustomer: true, subscriptions, prices: [] });

describe("what an owner may do about paying, in each status", () => {
  const rows: readonly [string, ...string[]][] = [
    ["trialing", "portal", "change"],
    ["active", "portal", "change"],
    ["past_due", "portal"],
    ["unpaid", "portal"],
    ["paused", "portal"],
    ["incomplete", "portal"],
    ["incomplete_expired", "checkout", "portal"],
    ["canceled", "checkout", "portal"],
    ["hibernating", "portal"],
  ];
  test.each(rows)("%s", (status, ...actions) => {
    const billing = facts(subscription(status));
    expect(presentActions("owner", true, billing)).toEqual(actions);
    expect(presentActions("member", true, billing), "whoever may not manage billing may do nothing").toEqual([]);
    expect(presentActions("owner", false, billing), "where billing is not set up nobody may").toEqual([]);
  });

  test("every status of Stripe is in the table", () => {
    expect(rows.map(([status]) => status)).toEqual(expect.arrayContaining([...STRIPE_STATUSES]));
  });

  test("C14: who never bought anything, on a trial or free of charge, may check out and is not sent to an empty portal", () => {
    expect(presentActions("owner", true, { hasCustomer: false, subscriptions: [], prices: [] })).toEqual(["checkout"]);
  });

  test("O10: what lives can be changed, whatever lies beside it", () => {
    const waiting = subscription("incomplete", { id: "sub_0" });
    const ended = subscription("canceled", { id: "sub_2" });
    expect(presentActions("owner", true, facts(waiting, ended, subscription("active")))).toEqual(["portal", "change"]);
  });
});

describe("what is wrong with paying, and where it is mended", () => {
  const page = "https://app.example.com/billing";
  const told = (...subscriptions: SubscriptionDetails[]) =>
    presentPaymentProblem({ baseUrl: "https://app.example.com" }, facts(...subscriptions));
  const asked = { ...openInvoice, needsAction: true };

  test.each<[string, SubscriptionDetails, object | null]>([
    ["nothing", subscription("active"), null],
    ["nothing once it is paid", subscription("active", { openInvoice }), null],
    ["nothing of what has ended", subscription("canceled", { openInvoice }), null],
    [
      "a failed renewal",
      subscription("past_due", { openInvoice }),
      { kind: "payment_failed", mend: { action: "update_payment", url: page } },
    ],
    ["retries that are over", subscription("unpaid", { openInvoice }), { kind: "payment_failed", attempts: 2, text: "$29.00" }],
    [
      "L16: a question of the bank is answered on Stripe's page of the invoice",
      subscription("past_due", { openInvoice: asked }),
      { kind: "action_required", mend: { action: "confirm_payment", url: "https://invoice.example.com/in_1" } },
    ],
    [
      "an invoice without a page leads to ours",
      subscription("incomplete", { openInvoice: { ...asked, url: null } }),
      { kind: "action_required", mend: { action: "confirm_payment", url: page } },
    ],
    [
      "paused by its owner",
      subscription("paused", { pausedReason: "pause_requested" }),
      { kind: "paused", mend: { action: "resume", url: page } },
    ],
    [
      "paused, for its trial ended without a card",
      subscription("paused", { pausedReason: "trial_end_without_payment_method" }),
      { kind: "paused", mend: { action: "update_payment", url: page } },
    ],
  ])("%s", (_, one, expected) => {
    if (expected === null) expect(told(one)).toBeNull();
    else expect(told(one)).toMatchObject(expected);
  });
});

test("what can be bought is what is shown: by the names and in the order of the tables, and nothing that the catalogue no longer has", () => {
  const price = { interval: "month", currency: "usd", amountMinor: 29_00, isPerSeat: true };
  const billing = { hasCustomer: false, subscriptions: [], prices: ["pro", "team", "gone"].map((plan) => ({ ...price, plan })) };
  const plan = (key: string) => ({ key, name: key, public: true, order: 0, limits: {}, features: {}, prices: [] });
  const catalogue = { plans: [plan("pro"), plan("team"), plan("free")] };
  const shown = (key: string, isPublic = true) => ({ key, name: `The ${key}`, public: isPublic });
  const offers = (...plans: ReturnType<typeof shown>[]) => presentOffers(billing, catalogue, plans).map((offer) => offer.display_name);
  expect(offers(shown("free"), shown("team"), shown("pro"), shown("gone"))).toEqual(["The team", "The pro"]);
  expect(offers(shown("team", false), shown("pro"))).toEqual(["The pro"]);
});

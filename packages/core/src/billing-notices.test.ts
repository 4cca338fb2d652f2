import { describe, expect, test } from "vitest";
import { noticesOf } from "./billing-notices.ts";
import { type OpenInvoice, STRIPE_STATUSES, type SubscriptionRecord } from "./stripe-record.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const NOW = day(30);
const invoice = (change: Partial<OpenInvoice> = {}): OpenInvoice => ({
  id: "in_1",
  amountMinor: 2900,
  currency: "usd",
  attemptCount: 1,
  nextAttemptAt: day(33),
  url: null,
  needsAction: false,
  ...change,
});
const asked = invoice({ needsAction: true });
/** A subscription of which there is nothing new to tell. */
const quiet: SubscriptionRecord = {
  id: "sub_1",
  customerId: "cus_1",
  status: "active",
  plan: "pro",
  itemId: "si_1",
  priceId: "price_pro",
  interval: "month",
  seats: 3,
  currentPeriodEnd: day(60),
  trialEndsAt: null,
  cancelAtPeriodEnd: false,
  endsAt: null,
  startedAt: day(0),
  endedAt: null,
  pastDueSince: null,
  pausedReason: null,
  collectionPaused: null,
  hasPaymentMethod: false,
  openInvoice: null,
  changedAt: day(0),
};
const trial = (change: Partial<SubscriptionRecord> = {}): Partial<SubscriptionRecord> => ({
  status: "trialing",
  trialEndsAt: day(32),
  ...change,
});
const keysOf = (change: Partial<SubscriptionRecord>, now = NOW) => noticesOf({ ...quiet, ...change }, now).map(({ key }) => key);

const ENDS = "trial_ending:sub_1:2026-02-02T00:00:00.000Z";
describe("what there is to tell of a subscription", () => {
  test.each<[string, Partial<SubscriptionRecord>, readonly string[]]>([
    ["nothing new", {}, []],
    ["it has just started", { startedAt: NOW }, ["started:sub_1"]],
    ["it started by a clock that is ahead of ours", { startedAt: day(30, 5000) }, ["started:sub_1"]],
    ["it started three days ago: we were away, and it is news", { startedAt: day(27) }, ["started:sub_1"]],
    ["it started before that: who finds it now writes to nobody", { startedAt: day(27, -1) }, []],
    ["nobody knows when it started", { startedAt: null }, ["started:sub_1"]],
    ["it started with a trial", trial({ startedAt: NOW, hasPaymentMethod: true }), ["started:sub_1"]],
    ["L6: it will end", { cancelAtPeriodEnd: true, endsAt: day(60) }, ["ending:sub_1:2026-03-02T00:00:00.000Z"]],
    [
      "L6: it will end at another time, which is news",
      { cancelAtPeriodEnd: true, endsAt: day(45) },
      ["ending:sub_1:2026-02-15T00:00:00.000Z"],
    ],
    ["what should have ended already will not be told as to come", { cancelAtPeriodEnd: true, endsAt: NOW }, []],
    ["an end that a failed payment overtakes", { status: "past_due", endsAt: day(60) }, []],
    ["it has ended", { status: "canceled", endedAt: NOW }, ["canceled:sub_1"]],
    ["it ended three days ago", { status: "canceled", endedAt: day(27) }, ["canceled:sub_1"]],
    ["it ended before that", { status: "canceled", endedAt: day(27, -1) }, []],
    ["it ended, and tells of no end to come", { status: "canceled", endedAt: NOW, endsAt: day(31) }, ["canceled:sub_1"]],
    ["it never came to be", { status: "incomplete_expired", endedAt: NOW, startedAt: NOW }, []],
    ["it is not complete: it has not started", { status: "incomplete", startedAt: NOW }, []],
    ["a status that we do not know", { status: "hibernating", startedAt: NOW, endsAt: day(60), openInvoice: invoice() }, []],
  ])("%s", (_, change, expected) => expect(keysOf(change)).toEqual(expected));

  test("of what carries none of our plans there is nothing to tell: it is not our subscription", () => {
    const all = { startedAt: NOW, endsAt: day(60), endedAt: NOW, openInvoice: asked, trialEndsAt: day(31) };
    for (const status of STRIPE_STATUSES) expect(keysOf({ ...all, status, plan: null })).toEqual([]);
  });
});

describe("L16: a failed payment is told once for each attempt at each invoice", () => {
  test.each<[string, Partial<SubscriptionRecord>, readonly string[]]>([
    ["the first attempt", { status: "past_due", openInvoice: invoice() }, ["payment_failed:in_1:1"]],
    ["the next attempt", { status: "past_due", openInvoice: invoice({ attemptCount: 2 }) }, ["payment_failed:in_1:2"]],
    ["another invoice", { status: "past_due", openInvoice: invoice({ id: "in_2" }) }, ["payment_failed:in_2:1"]],
    ["the last attempt", { status: "unpaid", openInvoice: invoice({ attemptCount: 4, nextAttemptAt: null }) }, ["payment_failed:in_1:4"]],
    ["the last attempt, which paused it", { status: "paused", openInvoice: invoice({ attemptCount: 4 }) }, ["payment_failed:in_1:4"]],
    ["paused by its owner, and nothing was tried", { status: "paused", openInvoice: invoice({ attemptCount: 0 }) }, []],
    ["no attempt yet", { status: "past_due", openInvoice: invoice({ attemptCount: 0 }) }, []],
    ["no invoice: of nothing, voided or paid", { status: "past_due", openInvoice: null }, []],
    ["the first payment: who makes it stands before it", { status: "incomplete", openInvoice: invoice() }, []],
    ["an invoice that is just due", { openInvoice: invoice() }, []],
    ["an invoice that is left of what ended", { status: "canceled", endedAt: day(0), openInvoice: invoice() }, []],
    ["the bank asks: that is told instead", { status: "past_due", openInvoice: asked }, ["action_required:in_1:1"]],
    ["the bank asks at the first payment", { status: "incomplete", openInvoice: asked }, ["action_required:in_1:1"]],
    [
      "the bank asks before any attempt counts",
      { openInvoice: invoice({ needsAction: true, attemptCount: 0 }) },
      ["action_required:in_1:0"],
    ],
    ["the bank asks for what ended", { status: "canceled", endedAt: day(0), openInvoice: asked }, []],
    ["the bank asks for what never came to be", { status: "incomplete_expired", openInvoice: asked }, []],
  ])("%s", (_, change, expected) => expect(keysOf(change)).toEqual(expected));
});

describe("L4: the end of a trial is told three days before it, once, to who has no card on file", () => {
  test.each<[string, Partial<SubscriptionRecord>, readonly string[], Date?]>([
    ["two days before", trial(), [ENDS]],
    ["three days before", trial(), [ENDS], day(29)],
    ["a millisecond earlier", trial(), [], day(29, -1)],
    ["in its last millisecond: it was shorter, or we were away", trial(), [ENDS], day(32, -1)],
    ["at its end", trial(), [], day(32)],
    ["with a card on file the plan goes on by itself", trial({ hasPaymentMethod: true }), []],
    ["of a trial without an end", trial({ trialEndsAt: null }), []],
    ["of a trial that is over", { trialEndsAt: day(32) }, []],
  ])("%s", (_, change, expected, now = NOW) => expect(keysOf(change, now)).toEqual(expected));
});

test("O4: the same facts give the same keys at whatever moment they are read, so that each is told once", () => {
  const record = { ...quiet, startedAt: day(30), endsAt: day(60), openInvoice: asked };
  expect(noticesOf(record, day(30))).toEqual(noticesOf({ ...record, seats: 9, hasPaymentMethod: true, changedAt: day(31) }, day(32)));
  expect(noticesOf(record, day(30)).map(({ kind }) => kind)).toEqual(["subscription_started", "subscription_ending", "action_required"]);
});

test("each key names its kind's fact: no two kinds share one", () => {
  const told = [
    ...noticesOf({ ...quiet, startedAt: NOW, endsAt: day(60), status: "trialing", trialEndsAt: day(31), openInvoice: asked }, NOW),
    ...noticesOf({ ...quiet, status: "canceled", endedAt: NOW }, NOW),
    ...noticesOf({ ...quiet, status: "unpaid", openInvoice: invoice() }, NOW),
  ];
  expect(told.map(({ kind }) => kind)).toEqual([
    "subscription_started",
    "subscription_ending",
    "action_required",
    "trial_ending",
    "subscription_canceled",
    "payment_failed",
  ]);
  expect(new Set(told.map(({ key }) => key)).size).toBe(told.length);
});

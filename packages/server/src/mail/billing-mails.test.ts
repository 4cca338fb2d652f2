import type { Opening } from "@gatehouse/core";
import { expect, test } from "vitest";
import { composeActionRequired } from "./action-required.ts";
import { type MailPrice, sayPrice } from "./billing-mail.ts";
import { composeDuplicateSubscription } from "./duplicate-subscription.ts";
import type { MailContent, Site } from "./layout.ts";
import { composeOperatorDispute, composeOperatorDuplicate, composeOperatorPuzzle } from "./operator-notice.ts";
import { composePaymentFailed } from "./payment-failed.ts";
import { composeSubscriptionCanceled } from "./subscription-canceled.ts";
import { composeSubscriptionEnding } from "./subscription-ending.ts";
import { composeSubscriptionStarted } from "./subscription-started.ts";
import { composeTrialEnded } from "./trial-ended.ts";
import { composeTrialEnding } from "./trial-ending.ts";

const site: Site = { productName: "Flows & <Co>", baseUrl: "https://app.example.com", supportEmail: "support@example.com" };
const page = "https://app.example.com/billing";
const day = (date: number): Date => new Date(Date.UTC(2026, 2, date, 14, 5, 59));
const open = (until: Date | null): Opening => ({ isOpen: true, until });
const shut: Opening = { isOpen: false };
const perSeat: MailPrice = { amountMinor: 29_00, currency: "usd", interval: "month", isPerSeat: true };

/** Every mail about billing to the people of the account whose name is `team`, with what it must say. */
const mailsOf = (team: string): [string, MailContent, string[]][] => {
  const topic = { site, team, plan: "Pro" };
  const missing = { ...topic, amountMinor: 87_00, currency: "usd", access: open(day(17)) };
  const bought = { ...topic, price: perSeat, seats: 3, trialEndsAt: null, hasPaymentMethod: true, currentPeriodEnd: day(30), endsAt: null };
  const unpaid = { amountMinor: 87_00, currency: "usd" };
  return [
    [
      "started",
      composeSubscriptionStarted(bought),
      ["your team has the Pro plan now.", "Price: $87.00 a month (3 seats at $29.00)", "Next payment: 30 March 2026, 14:05 UTC"],
    ],
    [
      "started with a trial",
      composeSubscriptionStarted({ ...bought, trialEndsAt: day(10) }),
      ["pays nothing before 10 March 2026, 14:05 UTC", "First payment: 10 March 2026, 14:05 UTC"],
    ],
    [
      "started with a trial and no card",
      composeSubscriptionStarted({ ...bought, trialEndsAt: day(10), hasPaymentMethod: false }),
      ["No card is on file yet: add one before 10 March 2026, or Pro ends on that day."],
    ],
    [
      "ending",
      composeSubscriptionEnding({ ...topic, endsAt: day(9), access: open(day(9)) }),
      ["was cancelled", "Ends: 9 March 2026, 14:05 UTC", "After that Pro is closed to your team", "take the cancellation back"],
    ],
    [
      "canceled",
      composeSubscriptionCanceled({ ...topic, endedAt: day(9), unpaid: null, access: shut }),
      ["has ended", "Ended: 9 March 2026, 14:05 UTC", "nothing more is charged", "Now Pro is closed to your team"],
    ],
    [
      "canceled, unpaid",
      composeSubscriptionCanceled({ ...topic, endedAt: day(9), unpaid, access: open(null) }),
      ["Not paid: $87.00", "access goes on, for it has another plan, trial or gift"],
    ],
    [
      "payment failed",
      composePaymentFailed({ ...missing, attempts: 2, nextAttemptAt: day(8) }),
      [
        "charge $87.00 for your Pro plan",
        "Attempts so far: 2",
        "Next attempt: 8 March 2026, 14:05 UTC",
        "keeps its access until 17 March 2026, 14:05 UTC",
      ],
    ],
    [
      "payment failed for good",
      composePaymentFailed({ ...missing, attempts: 4, nextAttemptAt: null, access: shut }),
      ["Next attempt: no further attempt", "Until it is paid, Pro is closed to your team"],
    ],
    [
      "payment failed, while a gift runs",
      composePaymentFailed({ ...missing, attempts: 1, nextAttemptAt: day(8), access: open(null) }),
      ["Your team's access goes on meanwhile."],
    ],
    [
      "action required",
      composeActionRequired({ ...missing, isFirst: false }),
      ["confirm the payment of $87.00", "keeps its access until 17 March 2026, 14:05 UTC"],
    ],
    [
      "first action required",
      composeActionRequired({ ...missing, isFirst: true, access: shut }),
      ["within 23 hours", "nothing is charged"],
    ],
    [
      "trial ending",
      composeTrialEnding({ ...topic, endsAt: day(9), isBought: false, access: open(day(9)) }),
      [
        "ends soon. Nothing is charged unless you choose a plan.",
        "Trial ends: 9 March 2026, 14:05 UTC",
        "After that Pro is closed to your team",
      ],
    ],
    [
      "trial ending without a card",
      composeTrialEnding({ ...topic, endsAt: day(9), isBought: true, access: open(day(9)) }),
      ["no card is on file", "Add a card"],
    ],
    ["trial ended", composeTrialEnded({ ...topic, endsAt: day(9) }), ["Nothing was charged.", "Trial ended: 9 March 2026, 14:05 UTC"]],
    ["duplicate", composeDuplicateSubscription(topic), ["subscribed twice", "comes back to the card", "Plan that goes on: Pro"]],
  ];
};
const operatorMailsOf = (team: string): [string, MailContent, string[]][] => {
  const topic = { site, team, accountId: "0190aaaa-0000-7000-8000-000000000001" };
  const puzzle = { ...topic, subscription: "sub_1", status: "active", plan: "Pro" };
  return [
    [
      "refund",
      composeOperatorDuplicate({ ...topic, subscription: "sub_2", kept: "sub_1" }),
      ["Refund at Stripe", "Subscription that stays: sub_1", "gatehouse billing refunds --done sub_2"],
    ],
    ["dispute", composeOperatorDispute({ ...topic, isOver: false, dispute: "dp_1", event: "evt_1" }), ["dp_1", "before its deadline"]],
    ["dispute over", composeOperatorDispute({ ...topic, isOver: true, dispute: "dp_1", event: "evt_1" }), ["has closed a dispute"]],
    ["price", composeOperatorPuzzle({ ...puzzle, puzzle: "unknown_price" }), ["gatehouse catalogue apply", "Plan that we go by: Pro"]],
    ["status", composeOperatorPuzzle({ ...puzzle, puzzle: "unknown_status", status: "dormant", plan: null }), ["dormant", "may be locked"]],
    [
      "seats",
      composeOperatorPuzzle({ ...puzzle, puzzle: "no_seats", status: null }),
      ["quantity is nought", "Status at Stripe: not known"],
    ],
  ];
};

const mails = mailsOf("Ada's Engines");
const operatorMails = operatorMailsOf("Ada's Engines");
const decoded = (html: string): string =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
const hrefsOf = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => decoded(href));
const addressesIn = (text: string): string[] => text.match(/https?:\/\/\S+/g) ?? [];
const shownIn = (html: string): string => decoded(html.replace(/<style>[\s\S]*<\/style>/, "").replace(/<[^>]+>/g, "")).replace(/\s+/g, " ");

test.each([...mails, ...operatorMails])("L16: %s: it says what happened, how much, when, and whose it is", (_, mail, words) => {
  for (const said of [...words, "Team: Ada's Engines"]) expect(mail.text).toContain(said);
});

test.each([...mails, ...operatorMails])("%s: both parts say the same", (_, mail) => {
  const sentences = mail.text.split("\n").filter((line) => line !== "" && !line.startsWith("http") && line !== "-- ");
  for (const line of sentences) expect(shownIn(mail.html)).toContain(line.replace(/:$/, ""));
});

test.each(mails)("%s: the one thing to do is on the billing page, and nothing else is a link", (_, mail) => {
  expect(addressesIn(mail.text)).toEqual([page]);
  expect(hrefsOf(mail.html)).toEqual([page]);
});

test.each(operatorMails)("operators, %s: it says what to do, and leads nowhere", (_, mail) => {
  expect(mail.text).toContain("What to do: ");
  expect(mail.text).toContain("Account: 0190aaaa-0000-7000-8000-000000000001");
  expect([...addressesIn(mail.text), ...hrefsOf(mail.html)]).toEqual([]);
});

const hostile = 'Ada\r\nBcc: all@example.com <a href="https://evil.example/pay">Pay here</a> +44 20 7946 0000';
test.each([...mailsOf(hostile), ...operatorMailsOf(hostile)])(
  "%s: the name of an account is no header, no link and no message in a mail that we sign",
  (_, mail) => {
    expect(mail.subject).toMatch(/^[^\r\n]{10,120}$/);
    expect(mail.subject).not.toContain("Ada");
    expect(mail.text).not.toMatch(/evil\.example|all@example|7946/);
    expect(mail.text).toContain("Team: Ada Bcc all example com a href https evi\n");
    expect(hrefsOf(mail.html).filter((href) => href !== page)).toEqual([]);
    expect(mail.html).not.toMatch(/<(script|img|iframe|form|object)\b|\son\w+=|url\(|@import/i);
  },
);

test("a team whose name is nothing that can be shown is not named", () => {
  for (const [, mail] of mailsOf("://")) expect(mail.text).not.toContain("Team:");
});

test.each([
  ["one seat", perSeat, 1, "$29.00 a month"],
  ["seats", perSeat, 12, "$348.00 a month (12 seats at $29.00)"],
  ["for the whole team, by the year", { ...perSeat, amountMinor: 490_000, interval: "year", isPerSeat: false }, 12, "$4,900.00 a year"],
  ["L25: whole yen", { ...perSeat, amountMinor: 3000, currency: "jpy" }, 3, "¥9,000 a month (3 seats at ¥3,000)"],
  ["L25: thousandths of a dinar", { ...perSeat, amountMinor: 5120, currency: "kwd" }, 1, "5.120 KWD a month"],
])("what a plan costs: %s", (_, price, seats, said) => expect(sayPrice(price, seats)).toBe(said));

test.each([
  ["usd", 29_00, "$29.00"],
  ["jpy", 500, "¥500"],
  ["kwd", 5120, "5.120 KWD"],
  ["chf", 29_05, "29.05 CHF"],
])("L25: what was not paid is said as people of the currency write it: %s", (currency, amountMinor, said) => {
  const about = { site, team: "", plan: "Pro", amountMinor, currency, access: shut };
  for (const mail of [
    composePaymentFailed({ ...about, attempts: 1, nextAttemptAt: null }),
    composeActionRequired({ ...about, isFirst: false }),
  ])
    expect(mail.text).toContain(`Amount: ${said}\n`);
});

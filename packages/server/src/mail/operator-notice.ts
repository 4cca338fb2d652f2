import type { SubscriptionAlarm } from "@gatehouse/core";
import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Part, type Site, writeMail } from "./layout.ts";

/** The account that it is about; ids are ours and Stripe's. */
export interface OperatorTopic {
  readonly site: Site;
  readonly accountId: string;
  readonly team: string;
}

/** Money to be paid back by hand: nothing refunds by itself. */
export function composeOperatorDuplicate(about: OperatorTopic & { subscription: string; kept: string }): MailContent {
  return writeOperatorMail(about, {
    subject: "Refund to make: an account was subscribed twice",
    words:
      "The account had two subscriptions that could bill. We cancel one of them at Stripe; the other one stays, and access did not change.",
    facts: [
      ["Cancelled subscription", about.subscription],
      ["Subscription that stays", about.kept],
    ],
    todo: `Refund at Stripe whatever was paid for the cancelled subscription: the customer was told that the money comes back. Then take it off the list: gatehouse billing refunds --done ${about.subscription}`,
  });
}

/** @param about.isOver the dispute was closed, and Stripe says how; else it was opened */
export function composeOperatorDispute(about: OperatorTopic & { isOver: boolean; dispute: string; event: string }): MailContent {
  const { isOver } = about;
  return writeOperatorMail(about, {
    subject: isOver ? "A disputed payment was decided" : "A payment was disputed",
    words: isOver
      ? "Stripe has closed a dispute of a payment of this account. What it came to stands at Stripe."
      : "The holder of a card disputes a payment of this account. Its subscription and access stay as they are.",
    facts: [
      ["Dispute", about.dispute],
      ["Event", about.event],
    ],
    todo: isOver
      ? "Look at the dispute at Stripe. If it was lost, decide whether the subscription goes on."
      : "Answer the dispute at Stripe before its deadline. Do not refund the payment: a disputed one cannot be paid back twice.",
  });
}

/** One card, two trials. @param about.trialOf the account whose trial is remembered by the card */
export function composeOperatorTrialCard(about: OperatorTopic & { trialOf: string }): MailContent {
  return writeOperatorMail(about, {
    subject: "A card paid for two accounts that each had a trial",
    words:
      "Another account's trial is remembered by the card that this account pays with. Its trial goes on to its end; it is not made longer, and not carried into another checkout, until somebody waives that.",
    facts: [["Trial of account", about.trialOf]],
    todo: "See whether one person took two trials (/admin/accounts/{id}/trial-claims of each). A card that two teams of one company or customers of one agency share is no abuse: waive it (/admin/accounts/{id}/trial-waiver).",
  });
}

/** Stripe says something of a subscription that we cannot read. @param about.plan by its name; null: none is known */
export function composeOperatorPuzzle(
  about: OperatorTopic & { puzzle: SubscriptionAlarm; subscription: string; status: string | null; plan: string | null },
): MailContent {
  const { puzzle, subscription, status, plan } = about;
  return writeOperatorMail(about, {
    subject: PUZZLES[puzzle].subject,
    words: PUZZLES[puzzle].words,
    facts: [
      ["Subscription", subscription],
      ["Status at Stripe", status ?? "not known"],
      ["Plan that we go by", plan ?? "none"],
    ],
    todo: PUZZLES[puzzle].todo,
  });
}

const PUZZLES: Readonly<Record<SubscriptionAlarm, { subject: string; words: string; todo: string }>> = {
  unknown_price: {
    subject: "A subscription has a price that the catalogue does not know",
    words:
      "No item of the subscription is of a price that we sell or have sold. The plan that it had is kept, so that nobody loses or gains anything by it.",
    todo: "Put the subscription on a price of the catalogue at Stripe, or bring the catalogue up to date: gatehouse catalogue plan, then gatehouse catalogue apply.",
  },
  unknown_status: {
    subject: "A subscription has a status that we do not know",
    words: "Stripe says a status that this version does not know. The subscription opens nothing meanwhile, so the account may be locked.",
    todo: "Look at the subscription at Stripe, and see whether a newer version of the server knows the status.",
  },
  no_seats: {
    subject: "A subscription has no seats",
    words: "The subscription is of a plan of ours, and its quantity is nought.",
    todo: "Look at the quantity of the subscription at Stripe, and at what the customer meant to buy.",
  },
};

function writeOperatorMail(
  topic: OperatorTopic,
  mail: { subject: string; words: string; facts: readonly (readonly [string, string])[]; todo: string },
): MailContent {
  const { site, accountId } = topic;
  const team = defuseName(topic.team);
  const parts: Part[] = [
    { kind: "words", words: mail.words },
    { kind: "facts", facts: [["Account", accountId], ...(team === "" ? [] : [["Team", team] as const]), ...mail.facts] },
    { kind: "words", words: `What to do: ${mail.todo}` },
  ];
  const subject = `${site.productName}: ${mail.subject}`;
  return writeMail(site, { subject, parts, because: "this address is set as that of its support" });
}

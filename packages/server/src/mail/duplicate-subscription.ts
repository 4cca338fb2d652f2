import { type BillingTopic, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";

/** Two subscriptions for one team: one is enough, so the other is cancelled, and what it took comes back (law 4). */
export function composeDuplicateSubscription(about: BillingTopic): MailContent {
  const { site, plan } = about;
  return writeBillingMail(about, {
    subject: `Your team was subscribed to ${site.productName} twice: we cancel one`,
    words: [
      "Your team was subscribed twice; perhaps two of you paid at the same time. One subscription is enough, so we cancel the other one.",
    ],
    facts: [["Plan that goes on", plan]],
    after: [
      "What was paid for it comes back to the card that paid it; our support sees to that, and you need not ask. Your team's access does not change.",
    ],
    button: "See your plan and invoices",
  });
}

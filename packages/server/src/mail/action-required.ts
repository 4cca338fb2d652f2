import { sayMoney } from "@gatehouse/core";
import { type BillingTopic, sayAccessUnpaid, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import type { MissingPayment } from "./payment-failed.ts";

/**
 * The bank asks the card's holder to confirm a payment (3-D Secure). The billing page leads on to where that is done (L16).
 * @param about.isFirst nothing was paid for this plan before: Stripe calls it off after 23 hours
 * @see https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
 */
export function composeActionRequired(about: BillingTopic & MissingPayment & { isFirst: boolean }): MailContent {
  const { site, plan, isFirst, access } = about;
  const amount = sayMoney(about.amountMinor, about.currency);
  return writeBillingMail(about, {
    subject: `Please confirm a payment to ${site.productName} with your bank`,
    words: [`Your bank wants you to confirm the payment of ${amount} for your ${plan} plan. Until you do, it is not paid.`],
    facts: [
      ["Amount", amount],
      ["Plan", plan],
    ],
    after: [
      isFirst
        ? `${plan} begins as soon as it is confirmed. Please do it soon: what is not confirmed within 23 hours is called off, and nothing is charged.`
        : sayAccessUnpaid(plan, access),
    ],
    button: "Confirm the payment",
  });
}

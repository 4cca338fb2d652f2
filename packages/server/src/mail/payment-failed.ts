import { type Opening, sayMoney } from "@gatehouse/core";
import { type BillingTopic, sayAccessUnpaid, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import { sayTime } from "./say-time.ts";

export interface MissingPayment {
  readonly amountMinor: number;
  readonly currency: string;
  readonly access: Opening;
}

/** The card was refused: how much, how often, when it is tried again, and until when the team keeps its access (L16). */
export function composePaymentFailed(about: BillingTopic & MissingPayment & { attempts: number; nextAttemptAt: Date | null }): MailContent {
  const { site, plan, attempts, nextAttemptAt, access } = about;
  const amount = sayMoney(about.amountMinor, about.currency);
  return writeBillingMail(about, {
    subject: `The payment for your ${plan} plan at ${site.productName} failed`,
    words: [`We tried to charge ${amount} for your ${plan} plan, and the payment did not go through.`],
    facts: [
      ["Amount", amount],
      ["Attempts so far", String(attempts)],
      ["Next attempt", nextAttemptAt === null ? "no further attempt" : sayTime(nextAttemptAt)],
    ],
    after: [
      nextAttemptAt === null
        ? "It is not tried again by itself: please give another card, or pay the open invoice."
        : "You can wait for the next attempt, or give another card and pay now.",
      sayAccessUnpaid(plan, access),
    ],
    button: "Fix the payment",
  });
}

import { type Opening, sayMoney } from "@gatehouse/core";
import { type BillingTopic, sayAccessAfter, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** It has ended. @param about.unpaid an invoice of it that was never paid; null: there is none */
export function composeSubscriptionCanceled(
  about: BillingTopic & {
    endedAt: Date | null;
    unpaid: { readonly amountMinor: number; readonly currency: string } | null;
    access: Opening;
  },
): MailContent {
  const { site, plan, endedAt, unpaid, access } = about;
  return writeBillingMail(about, {
    subject: `Your ${plan} plan at ${site.productName} has ended`,
    words: [`Your ${plan} plan has ended. It does not renew, and nothing more is charged for it.`],
    facts: [
      ["Plan", plan],
      ...(endedAt === null ? [] : [["Ended", sayTime(endedAt)] as const]),
      ...(unpaid === null ? [] : [["Not paid", sayMoney(unpaid.amountMinor, unpaid.currency)] as const]),
    ],
    after: [sayAccessAfter(plan, access, null)],
    button: access.isOpen ? "See your plan and invoices" : "Choose a plan",
  });
}

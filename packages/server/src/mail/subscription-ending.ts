import type { Opening } from "@gatehouse/core";
import { type BillingTopic, sayAccessAfter, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import { sayDate, sayTime } from "./say-time.ts";

/** It was cancelled, and goes on until its end. */
export function composeSubscriptionEnding(about: BillingTopic & { endsAt: Date; access: Opening }): MailContent {
  const { site, plan, endsAt, access } = about;
  return writeBillingMail(about, {
    subject: `Your ${plan} plan at ${site.productName} ends on ${sayDate(endsAt)}`,
    words: [`Your ${plan} plan was cancelled. It goes on until its end, and does not renew after that.`],
    facts: [
      ["Plan", plan],
      ["Ends", sayTime(endsAt)],
    ],
    after: [sayAccessAfter(plan, access, endsAt), "Changed your mind? Until it ends you can take the cancellation back."],
    button: `Keep ${plan}`,
  });
}

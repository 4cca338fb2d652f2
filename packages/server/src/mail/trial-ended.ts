import { type BillingTopic, sayAccessAfter, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** The trial that came with the sign-up is over, and nothing was bought. */
export function composeTrialEnded(about: BillingTopic & { endsAt: Date }): MailContent {
  const { site, plan, endsAt } = about;
  return writeBillingMail(about, {
    subject: `Your ${plan} trial at ${site.productName} has ended`,
    words: [`Your team's trial of ${plan} is over. Nothing was charged.`],
    facts: [
      ["Plan", plan],
      ["Trial ended", sayTime(endsAt)],
    ],
    after: [sayAccessAfter(plan, { isOpen: false }, null)],
    button: "Choose a plan",
  });
}

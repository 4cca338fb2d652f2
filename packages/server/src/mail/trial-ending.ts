import type { Opening } from "@gatehouse/core";
import { type BillingTopic, sayAccessAfter, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import { sayDate, sayTime } from "./say-time.ts";

/** @param about.isBought a plan was chosen, and no card was given for it (L4); else it is the trial that came with the sign-up */
export function composeTrialEnding(about: BillingTopic & { endsAt: Date; isBought: boolean; access: Opening }): MailContent {
  const { site, plan, endsAt, isBought, access } = about;
  return writeBillingMail(about, {
    subject: `Your ${plan} trial at ${site.productName} ends on ${sayDate(endsAt)}`,
    words: [
      isBought
        ? `Your team's trial of ${plan} ends soon, and no card is on file with which the plan could go on.`
        : `Your team's trial of ${plan} ends soon. Nothing is charged unless you choose a plan.`,
    ],
    facts: [
      ["Plan", plan],
      ["Trial ends", sayTime(endsAt)],
    ],
    after: [sayAccessAfter(plan, access, endsAt)],
    button: isBought ? "Add a card" : "Choose a plan",
  });
}

import { type BillingTopic, type Facts, type MailPrice, sayPrice, writeBillingMail } from "./billing-mail.ts";
import type { MailContent } from "./layout.ts";
import { sayDate, sayTime } from "./say-time.ts";

export interface StartedSubscription {
  /** null: what it costs is not known here; the invoices say it. */
  readonly price: MailPrice | null;
  readonly seats: number;
  /** Of the trial before the first payment; null: it was paid. */
  readonly trialEndsAt: Date | null;
  readonly hasPaymentMethod: boolean;
  readonly currentPeriodEnd: Date | null;
  /** When a cancellation that was asked for takes effect; null: it renews. */
  readonly endsAt: Date | null;
}

/** A plan was bought: what it costs, and when the next payment is due. */
export function composeSubscriptionStarted(about: BillingTopic & StartedSubscription): MailContent {
  const { site, plan, trialEndsAt, hasPaymentMethod } = about;
  const after = ["On the billing page you can change the plan, the seats or the card, see each invoice, or cancel."];
  if (trialEndsAt !== null && !hasPaymentMethod)
    after.unshift(`No card is on file yet: add one before ${sayDate(trialEndsAt)}, or ${plan} ends on that day.`);
  return writeBillingMail(about, {
    subject: `Your ${plan} plan at ${site.productName} has started`,
    words: [
      trialEndsAt === null
        ? `Thank you: your team has the ${plan} plan now.`
        : `Thank you: your team has the ${plan} plan now, and pays nothing before ${sayTime(trialEndsAt)}.`,
    ],
    facts: factsOf(about),
    after,
    button: "See your plan and invoices",
  });
}

function factsOf({
  plan,
  price,
  seats,
  trialEndsAt,
  hasPaymentMethod,
  currentPeriodEnd,
  endsAt,
}: BillingTopic & StartedSubscription): Facts {
  const facts: [string, string][] = [["Plan", plan]];
  if (price !== null) facts.push(["Price", `${sayPrice(price, seats)}, before taxes and discounts`]);
  if (endsAt !== null) facts.push(["Ends", sayTime(endsAt)]);
  else if (trialEndsAt !== null && hasPaymentMethod) facts.push(["First payment", sayTime(trialEndsAt)]);
  else if (trialEndsAt === null && currentPeriodEnd !== null) facts.push(["Next payment", sayTime(currentPeriodEnd)]);
  return facts;
}

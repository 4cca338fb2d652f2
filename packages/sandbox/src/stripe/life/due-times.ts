import { DAY } from "../calendar.ts";
import type { Invoice } from "../objects/invoice.ts";
import type { CheckoutSession } from "../objects/session.ts";
import { isEnded, periodOf, type Subscription } from "../objects/subscription.ts";
import type { SubscriptionNote } from "../state.ts";
import { FIRST_PAYMENT_SECONDS } from "./subscription-status.ts";

export type SubscriptionDue =
  | "tell_trial_end"
  | "expire_update"
  | "resume_collection"
  | "expire_incomplete"
  | "cancel"
  | "end_trial"
  | "renew";

/** What happens to a subscription next, and when; null: nothing by itself. Of one instant, what stands first goes first. */
export function subscriptionDue(
  subscription: Subscription,
  note: Pick<SubscriptionNote, "toldOfTrialEnd">,
): { what: SubscriptionDue; at: number } | null {
  if (isEnded(subscription)) return null;
  const { status, trial_end, cancel_at, pending_update, pause_collection } = subscription;
  const dues: [SubscriptionDue, number | null][] = [
    ["expire_update", pending_update?.expires_at ?? null],
    ["resume_collection", pause_collection?.resumes_at ?? null],
    ["tell_trial_end", status === "trialing" && trial_end !== null && note.toldOfTrialEnd !== trial_end ? trial_end - 3 * DAY : null],
    ["expire_incomplete", status === "incomplete" ? subscription.created + FIRST_PAYMENT_SECONDS : null],
    ["cancel", cancel_at],
    ["end_trial", status === "trialing" ? trial_end : null],
    ["renew", ["active", "past_due", "unpaid"].includes(status) ? periodOf(subscription).end : null],
  ];
  let next: { what: SubscriptionDue; at: number } | null = null;
  for (const [what, at] of dues) if (at !== null && (next === null || at < next.at)) next = { what, at };
  return next;
}

/** When an invoice is opened or tried again by itself. */
export function invoiceDue(invoice: Invoice): number | null {
  if (invoice.status === "draft") return invoice.auto_advance ? invoice.automatically_finalizes_at : null;
  return invoice.status === "open" ? invoice.next_payment_attempt : null;
}

export function sessionDue(session: CheckoutSession): number | null {
  return session.status === "open" ? session.expires_at : null;
}

import type { SubscriptionRecord } from "@gatehouse/core";
import type { NewNotice } from "./notices.store.ts";

/** What a mail about a subscription says, as it was when the fact was found: a mail that goes out late still tells the truth of its fact. */
export function detailsOfNotice(record: SubscriptionRecord): NewNotice["details"] {
  const invoice = record.openInvoice;
  return {
    subscription: record.id,
    plan: record.plan,
    interval: record.interval,
    seats: record.seats,
    trial_ends_at: record.status === "trialing" ? (record.trialEndsAt?.toISOString() ?? null) : null,
    current_period_end: record.currentPeriodEnd?.toISOString() ?? null,
    ends_at: record.endsAt?.toISOString() ?? null,
    ended_at: record.endedAt?.toISOString() ?? null,
    past_due_since: record.pastDueSince?.toISOString() ?? null,
    amount_minor: invoice?.amountMinor ?? null,
    currency: invoice?.currency ?? null,
    attempts: invoice?.attemptCount ?? null,
    next_attempt_at: invoice?.nextAttemptAt?.toISOString() ?? null,
  };
}

import { hasEnded, type SubscriptionRecord } from "./stripe-record.ts";
import { addDays } from "./time.ts";

/** What is older is no news: a subscription that the reconciler finds, or that was imported, writes to nobody. */
export const NEWS_DAYS = 3;
export const TRIAL_NOTICE_DAYS = 3;

export type BillingNoticeKind =
  | "subscription_started"
  | "subscription_ending"
  | "subscription_canceled"
  | "payment_failed"
  | "action_required"
  | "trial_ending";

/** A fact that the account's people should hear of. `key` names the fact and not the event that told it: each is told once (O4). */
export interface BillingNotice {
  readonly kind: BillingNoticeKind;
  readonly key: string;
}

/**
 * What a subscription as it stands now gives to tell. The same facts give the same notices, however often and in whatever order they
 * are read; the caller tells those whose key was never told. Of a subscription that carries none of our plans there is nothing to tell.
 */
export function noticesOf(record: SubscriptionRecord, now: Date): readonly BillingNotice[] {
  if (record.plan === null) return [];
  return [started(record, now), ending(record, now), canceled(record, now), unpaid(record), trialEnding(record, now)].filter(
    (notice) => notice !== null,
  );
}

function started({ id, status, startedAt }: SubscriptionRecord, now: Date): BillingNotice | null {
  if (status !== "active" && status !== "trialing") return null;
  return isNews(startedAt, now) ? { kind: "subscription_started", key: `started:${id}` } : null;
}

function ending({ id, status, endsAt }: SubscriptionRecord, now: Date): BillingNotice | null {
  if (endsAt === null || endsAt <= now || (status !== "active" && status !== "trialing")) return null;
  return { kind: "subscription_ending", key: `ending:${id}:${endsAt.toISOString()}` };
}

function canceled({ id, status, endedAt }: SubscriptionRecord, now: Date): BillingNotice | null {
  return status === "canceled" && isNews(endedAt, now) ? { kind: "subscription_canceled", key: `canceled:${id}` } : null;
}

/** While a first payment is incomplete, its payer stands before the failure; `paused` may be what a last failed attempt led to. */
const FAILED: ReadonlySet<string> = new Set(["past_due", "unpaid", "paused"]);

/** Once for each attempt at each invoice (L16). What a bank asks is told instead of the failure: it is the thing to do. */
function unpaid({ status, openInvoice }: SubscriptionRecord): BillingNotice | null {
  if (openInvoice === null) return null;
  const key = `${openInvoice.id}:${openInvoice.attemptCount}`;
  if (openInvoice.needsAction && !hasEnded(status)) return { kind: "action_required", key: `action_required:${key}` };
  if (openInvoice.attemptCount === 0 || !FAILED.has(status)) return null;
  return { kind: "payment_failed", key: `payment_failed:${key}` };
}

/** None where a card is on file and the plan goes on by itself (L4). */
function trialEnding({ id, status, trialEndsAt, hasPaymentMethod }: SubscriptionRecord, now: Date): BillingNotice | null {
  if (status !== "trialing" || trialEndsAt === null || hasPaymentMethod) return null;
  if (trialEndsAt <= now || trialEndsAt > addDays(now, TRIAL_NOTICE_DAYS)) return null;
  return { kind: "trial_ending", key: `trial_ending:${id}:${trialEndsAt.toISOString()}` };
}

function isNews(at: Date | null, now: Date): boolean {
  return at === null || at >= addDays(now, -NEWS_DAYS);
}

import { knownStatus, type StripeStatus } from "./stripe-record.ts";

/** What a subscription in some status leaves its account to do. */
export interface BillingActions {
  /** A new checkout may begin: nothing of this subscription can bill any more. */
  readonly checkout: boolean;
  /** Plan and seats may be changed on the living subscription. */
  readonly change: boolean;
  /** What the account is told when it may not check out. */
  readonly mend: "none" | "change_plan" | "update_payment" | "pay_invoice" | "resume" | "contact_support";
}

/**
 * The whole table of Stripe's statuses: what lives or may still come to life blocks a second checkout, not only what is paid for.
 * @see rules.md, section 2
 */
export const BILLING_ACTIONS: Readonly<Record<StripeStatus | "unknown", BillingActions>> = {
  trialing: { checkout: false, change: true, mend: "change_plan" },
  active: { checkout: false, change: true, mend: "change_plan" },
  past_due: { checkout: false, change: false, mend: "update_payment" },
  unpaid: { checkout: false, change: false, mend: "update_payment" },
  paused: { checkout: false, change: false, mend: "resume" },
  incomplete: { checkout: false, change: false, mend: "pay_invoice" },
  incomplete_expired: { checkout: true, change: false, mend: "none" },
  canceled: { checkout: true, change: false, mend: "none" },
  unknown: { checkout: false, change: false, mend: "contact_support" },
};

/** Total: a status that we do not know allows nothing. */
export function billingActions(status: string): BillingActions {
  return BILLING_ACTIONS[knownStatus(status) ?? "unknown"];
}

/** The subscription that stands in the way of another checkout, if one does: rather one that can be changed than one that waits. */
export function blockingSubscription<S extends { readonly status: string }>(subscriptions: readonly S[]): S | null {
  const blocking = subscriptions.filter(({ status }) => !billingActions(status).checkout);
  return blocking.find(({ status }) => billingActions(status).change) ?? blocking[0] ?? null;
}

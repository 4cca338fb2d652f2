import {
  billingActions,
  blockingSubscription,
  type Catalogue,
  type EffectiveSubscription,
  may,
  type OpenInvoice,
  type Role,
  sayMoney,
} from "@gatehouse/core";
import type { Config } from "../platform/config.ts";
import { wireInstant } from "./wire-instant.ts";

/** What is kept of a Stripe subscription beside what decides access. */
export interface SubscriptionDetails {
  readonly id: string;
  readonly status: string;
  readonly plan: string | null;
  readonly interval: string | null;
  readonly pastDueSince: Date | null;
  readonly pausedReason: string | null;
  readonly collectionPaused: string | null;
  readonly openInvoice: OpenInvoice | null;
}
export interface PlanPriceRow {
  readonly plan: string;
  readonly interval: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly isPerSeat: boolean;
}
/** A plan as it is shown to customers. */
export interface ShownPlan {
  readonly key: string;
  readonly name: string;
  readonly public: boolean;
}
/** What the account has at Stripe, and what our plans cost there. */
export interface BillingFacts {
  readonly hasCustomer: boolean;
  readonly subscriptions: readonly SubscriptionDetails[];
  readonly prices: readonly PlanPriceRow[];
}

/** The details of the subscription that decides; null: none does. */
export function detailsOf(billing: BillingFacts, subscription: EffectiveSubscription): SubscriptionDetails | null {
  return billing.subscriptions.find(({ id }) => id === subscription.subscriptionId) ?? null;
}

/**
 * What is wrong with paying, and where it is mended. Told of any subscription that waits for money, also while a trial or a grant still
 * keeps the door open: then there is time to mend it.
 */
export function presentPaymentProblem(site: Pick<Config, "baseUrl">, billing: BillingFacts) {
  const page = `${site.baseUrl}/billing`;
  const unsettled = billing.subscriptions.find(({ status, openInvoice }) => WAITS_FOR_MONEY.has(status) && openInvoice !== null);
  if (unsettled?.openInvoice) {
    const { openInvoice, pastDueSince } = unsettled;
    const { amountMinor, currency, attemptCount, nextAttemptAt, needsAction, url } = openInvoice;
    return {
      kind: needsAction ? ("action_required" as const) : ("payment_failed" as const),
      amount_minor: amountMinor,
      currency,
      text: sayMoney(amountMinor, currency),
      since: wireInstant(pastDueSince),
      attempts: attemptCount,
      next_attempt_at: wireInstant(nextAttemptAt),
      // A bank's question is answered on Stripe's page of the invoice; a new card is given in the portal.
      mend: { action: needsAction ? "confirm_payment" : "update_payment", url: needsAction && url !== null ? url : page },
    };
  }
  const paused = billing.subscriptions.find(({ status }) => status === "paused");
  if (!paused) return null;
  const nothing = { amount_minor: null, currency: null, text: null, since: null, attempts: 0, next_attempt_at: null };
  const action = paused.pausedReason === "pause_requested" ? "resume" : "update_payment";
  return { kind: "paused" as const, ...nothing, mend: { action, url: page } };
}

/** What this person may do about paying, now. */
export function presentActions(role: Role, isConfigured: boolean, billing: BillingFacts): ("checkout" | "portal" | "change")[] {
  if (!isConfigured || !may(role, "billing.manage")) return [];
  const blocking = blockingSubscription(billing.subscriptions);
  const actions: ("checkout" | "portal" | "change")[] = [];
  if (blocking === null) actions.push("checkout");
  if (billing.hasCustomer) actions.push("portal");
  if (blocking !== null && blocking.plan !== null && billingActions(blocking.status).change) actions.push("change");
  return actions;
}

export const presentPrices = (billing: BillingFacts, plan: string | null) =>
  billing.prices.filter((price) => price.plan === plan).map(presentPrice);

/** What can be bought, in the order of `plans`; not what the catalogue file no longer has. */
export const presentOffers = (billing: BillingFacts, catalogue: Pick<Catalogue, "plans">, plans: readonly ShownPlan[]) =>
  plans
    .filter((plan) => plan.public && catalogue.plans.some(({ key }) => key === plan.key))
    .flatMap((plan) =>
      billing.prices
        .filter((price) => price.plan === plan.key)
        .map((price) => ({ ...presentPrice(price), plan: plan.key, display_name: plan.name })),
    );

const presentPrice = ({ interval, currency, amountMinor, isPerSeat }: PlanPriceRow) => ({
  interval,
  currency,
  amount_minor: amountMinor,
  text: sayMoney(amountMinor, currency),
  per_seat: isPerSeat,
});

const WAITS_FOR_MONEY: ReadonlySet<string> = new Set(["past_due", "unpaid", "incomplete"]);

import { type BillingNoticeKind, noticesOf, type Opening, openUntil, type SubscriptionRecord, trialNoticeOf } from "@gatehouse/core";
import { composeActionRequired } from "../mail/action-required.ts";
import type { BillingTopic } from "../mail/billing-mail.ts";
import { composeDuplicateSubscription } from "../mail/duplicate-subscription.ts";
import type { MailContent } from "../mail/layout.ts";
import { composePaymentFailed } from "../mail/payment-failed.ts";
import { composeSubscriptionCanceled } from "../mail/subscription-canceled.ts";
import { composeSubscriptionEnding } from "../mail/subscription-ending.ts";
import { composeSubscriptionStarted } from "../mail/subscription-started.ts";
import { composeTrialEnded } from "../mail/trial-ended.ts";
import { composeTrialEnding } from "../mail/trial-ending.ts";
import type { NoticeScene } from "./notice-scene.ts";

/**
 * The mail to those who look after an account's billing. It says the fact as it was found, and what follows from it for their access as
 * it is now.
 * @returns null: it has become pointless, or its kind is none that people are told
 */
export function composeNotice(scene: NoticeScene): MailContent | null {
  const { notice, facts, now } = scene;
  if (facts.accountDeletedAt !== null && facts.accountDeletedAt <= now) return null;
  if (notice.kind === "duplicate_subscription") return ofDuplicate(scene);
  if (typeof notice.details["trial"] === "string") return ofTrial(scene);
  const record = scene.subscriptions.find(({ id }) => id === notice.details["subscription"]);
  const compose = Object.hasOwn(OF_SUBSCRIPTION, notice.kind) ? OF_SUBSCRIPTION[notice.kind] : undefined;
  if (!record || !compose || !isStillTrue(scene, record)) return null;
  return compose(scene, record);
}

/** What lies ahead is told only while it does; what has happened also late, as long as nothing newer took its place. */
const AHEAD: ReadonlySet<string> = new Set(["subscription_ending", "trial_ending"]);

/** Would the subscription as it is now give the same notice? Paid, resumed, tried again, ended: then it would not. */
function isStillTrue({ notice, duplicates, now }: NoticeScene, record: SubscriptionRecord): boolean {
  if (duplicates.some(({ id, withdrawnAt }) => id === record.id && withdrawnAt === null)) return false;
  return noticesOf(record, AHEAD.has(notice.kind) ? now : notice.at).some(({ key }) => key === notice.key);
}

type Compose = (scene: NoticeScene, record: SubscriptionRecord) => MailContent | null;

const OF_SUBSCRIPTION: Readonly<Record<string, Compose>> = {
  subscription_started: (scene, record) => {
    const price = scene.prices.find(({ priceId }) => priceId === record.priceId);
    return composeSubscriptionStarted({
      ...topicOf(scene),
      price: price ?? null,
      seats: record.seats,
      trialEndsAt: date(scene, "trial_ends_at"),
      hasPaymentMethod: record.hasPaymentMethod,
      currentPeriodEnd: date(scene, "current_period_end"),
      endsAt: record.endsAt,
    });
  },
  subscription_ending: (scene) => {
    const endsAt = date(scene, "ends_at");
    return endsAt && composeSubscriptionEnding({ ...topicOf(scene), endsAt, access: accessNow(scene) });
  },
  subscription_canceled: (scene) =>
    composeSubscriptionCanceled({
      ...topicOf(scene),
      endedAt: date(scene, "ended_at"),
      unpaid: amountOf(scene),
      access: accessNow(scene),
    }),
  payment_failed: (scene) => {
    const amount = amountOf(scene);
    const attempts = Number(scene.notice.details["attempts"] ?? 1);
    const nextAttemptAt = date(scene, "next_attempt_at");
    return amount && composePaymentFailed({ ...topicOf(scene), ...amount, attempts, nextAttemptAt, access: accessNow(scene) });
  },
  action_required: (scene, record) => {
    const amount = amountOf(scene);
    const isFirst = record.status === "incomplete";
    return amount && composeActionRequired({ ...topicOf(scene), ...amount, isFirst, access: accessNow(scene) });
  },
  trial_ending: (scene, record) => {
    const endsAt = date(scene, "trial_ends_at");
    return endsAt && composeTrialEnding({ ...topicOf(scene), endsAt, isBought: true, access: accessWithoutCard(scene, record, endsAt) });
  },
} satisfies Readonly<Record<BillingNoticeKind, Compose>>;

/** Of the account's own trial. */
function ofTrial(scene: NoticeScene): MailContent | null {
  const { trial, facts, notice, now } = scene;
  if (trial === null || trialNoticeOf(trial, facts, now, Number.POSITIVE_INFINITY)?.key !== notice.key) return null;
  const topic = { ...topicOf(scene), endsAt: trial.endsAt };
  return notice.kind === "trial_ending"
    ? composeTrialEnding({ ...topic, isBought: false, access: accessNow(scene) })
    : composeTrialEnded(topic);
}

/** Withdrawn: the other one ended meanwhile, and this one is the team's after all. */
function ofDuplicate(scene: NoticeScene): MailContent | null {
  const { notice, duplicates, subscriptions } = scene;
  const flag = duplicates.find(({ id }) => id === notice.details["subscription"]);
  if (!flag || flag.withdrawnAt !== null) return null;
  const kept = subscriptions.find(({ id }) => id === flag.keptId);
  return composeDuplicateSubscription({ ...topicOf(scene), plan: planName(scene, kept?.plan ?? null) });
}

function topicOf(scene: NoticeScene): BillingTopic {
  const plan = scene.notice.details["plan"];
  return { site: scene.site, team: scene.accountName, plan: planName(scene, typeof plan === "string" ? plan : null) };
}

/** The catalogue may have lost a plan that somebody still has: then its key is all that is left of its name. */
export function planName({ catalogue }: Pick<NoticeScene, "catalogue">, key: string | null): string {
  return catalogue.plans.find((plan) => plan.key === key)?.name ?? key ?? catalogue.productName;
}

function accessNow({ facts, now, policy }: NoticeScene): Opening {
  return openUntil(facts, now, policy);
}

/** As if it were cancelled already: without a card Stripe ends it with its trial, as we asked it to when it was bought (L5). */
function accessWithoutCard({ facts, now, policy }: NoticeScene, record: SubscriptionRecord, endsAt: Date): Opening {
  const stripe = facts.stripe.map((fact) => (fact.id === record.id ? { ...fact, cancelAtPeriodEnd: true, endsAt } : fact));
  return openUntil({ ...facts, stripe }, now, policy);
}

function date({ notice }: NoticeScene, name: string): Date | null {
  const value = notice.details[name];
  return typeof value === "string" ? new Date(value) : null;
}

function amountOf({ notice }: NoticeScene): { amountMinor: number; currency: string } | null {
  const { amount_minor: amountMinor, currency } = notice.details;
  return typeof amountMinor === "number" && typeof currency === "string" ? { amountMinor, currency } : null;
}

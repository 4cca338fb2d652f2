import type { SubscriptionAlarm } from "@gatehouse/core";
import type { MailContent } from "../mail/layout.ts";
import {
  composeOperatorDispute,
  composeOperatorDuplicate,
  composeOperatorPuzzle,
  composeOperatorTrialCard,
  type OperatorTopic,
} from "../mail/operator-notice.ts";
import { planName } from "./compose-notice.ts";
import type { NoticeScene } from "./notice-scene.ts";

/** Is it told to those who run the product, and not to the account's people? */
export function isForOperators(kind: string): boolean {
  return kind.startsWith("operator_");
}

/**
 * The mail to those who run the product. Also of a deleted account: money that is to be paid back is owed all the same.
 * @returns null: it has become pointless, or nobody knows its kind
 */
export function composeOperatorNotice(scene: NoticeScene): MailContent | null {
  const compose = Object.hasOwn(OF_KIND, scene.notice.kind) ? OF_KIND[scene.notice.kind] : undefined;
  return compose ? compose(scene) : null;
}

type Compose = (scene: NoticeScene) => MailContent | null;

const OF_KIND: Readonly<Record<string, Compose>> = {
  operator_duplicate: (scene) => {
    const subscription = text(scene, "subscription");
    const flag = scene.duplicates.find(({ id }) => id === subscription);
    if (!flag || flag.withdrawnAt !== null) return null;
    return composeOperatorDuplicate({ ...topicOf(scene), subscription, kept: flag.keptId });
  },
  operator_dispute: (scene) =>
    composeOperatorDispute({
      ...topicOf(scene),
      isOver: text(scene, "what").endsWith("dispute.closed"),
      dispute: text(scene, "object"),
      event: text(scene, "event"),
    }),
  operator_trial_card: (scene) => composeOperatorTrialCard({ ...topicOf(scene), trialOf: text(scene, "trial_of") }),
  operator_unknown_price: (scene) => ofPuzzle(scene, "unknown_price"),
  operator_unknown_status: (scene) => ofPuzzle(scene, "unknown_status"),
  operator_no_seats: (scene) => ofPuzzle(scene, "no_seats"),
} satisfies Readonly<Record<`operator_${SubscriptionAlarm | "duplicate" | "dispute" | "trial_card"}`, Compose>>;

function ofPuzzle(scene: NoticeScene, puzzle: SubscriptionAlarm): MailContent {
  const subscription = text(scene, "subscription");
  const record = scene.subscriptions.find(({ id }) => id === subscription);
  const plan = record?.plan ?? null;
  return composeOperatorPuzzle({
    ...topicOf(scene),
    puzzle,
    subscription,
    status: record?.status ?? null,
    plan: plan === null ? null : planName(scene, plan),
  });
}

function topicOf({ site, accountId, accountName }: NoticeScene): OperatorTopic {
  return { site, accountId, team: accountName };
}

function text({ notice }: NoticeScene, name: string): string {
  const value = notice.details[name];
  return typeof value === "string" ? value : "";
}

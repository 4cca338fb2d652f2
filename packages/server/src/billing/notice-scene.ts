import type { AccessFacts, AccessPolicy, Catalogue, SubscriptionRecord } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import type { Site } from "../mail/layout.ts";
import { siteOf } from "../mail/site-of.ts";
import type { App, Tx } from "../platform/app.ts";
import { type DuplicateSubscription, listDuplicates } from "./duplicates.store.ts";
import { findAccountName, findWholeTrial, type StoredTrial } from "./notice-facts.store.ts";
import { findNotice, type StoredNotice } from "./notices.store.ts";
import { listPrices, type StoredPrice } from "./prices.store.ts";
import { listSubscriptions } from "./subscriptions.store.ts";

/** A notice, and the account as it is at the moment when its mail is written. */
export interface NoticeScene {
  readonly site: Site;
  readonly catalogue: Catalogue;
  readonly policy: AccessPolicy;
  readonly now: Date;
  readonly notice: StoredNotice;
  readonly accountId: string;
  readonly accountName: string;
  readonly facts: AccessFacts;
  readonly trial: StoredTrial | null;
  readonly subscriptions: readonly SubscriptionRecord[];
  readonly duplicates: readonly DuplicateSubscription[];
  readonly prices: readonly StoredPrice[];
}

export type SceneParts = Pick<App, "catalogue" | "config" | "policy" | "clock" | "stripe">;

/** @returns null where there is no such notice */
export async function loadScene(app: SceneParts, tx: Tx, accountId: string, key: string): Promise<NoticeScene | null> {
  const notice = await findNotice(tx, accountId, key);
  const account = await findAccountName(tx, accountId);
  const facts = (await loadAccessFacts(tx, [accountId])).get(accountId);
  if (notice === null || account === null || facts === undefined) return null;
  return {
    site: siteOf(app),
    catalogue: app.catalogue,
    policy: app.policy,
    now: app.clock.now(),
    notice,
    accountId,
    accountName: account.name,
    facts,
    trial: await findWholeTrial(tx, accountId),
    subscriptions: (await listSubscriptions(tx, accountId)).map(({ record }) => record),
    duplicates: await listDuplicates(tx, accountId),
    prices: await listPrices(tx, app.stripe.livemode),
  };
}

import { type FlagValue, holds, limitOf, type Resolved, resolveFeatures } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import { loadLimitFacts } from "../access/limits.store.ts";
import { featureOverrides, isAccountThere, limitOverrides, type StoredOverride } from "../access/override-edits.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { knownFlag, knownLimit } from "./known-keys.ts";

type Parts = Pick<App, "clock" | "catalogue" | "policy" | "stripe">;
/** What one account has, and what was set for it. */
export interface AccountSetting<Value> {
  readonly accountId: string;
  readonly resolved: Resolved<Value>;
  /** One that has expired, too. */
  readonly override: StoredOverride<Value> | null;
}

/** @throws Refusal flag_not_found | account_not_found */
export async function readFeature(tx: Tx, app: Parts, accountId: string, key: string): Promise<AccountSetting<FlagValue>> {
  const flag = knownFlag(app.catalogue, key);
  const access = (await loadAccessFacts(tx, [accountId])).get(accountId);
  if (!access || !(await isAccountThere(tx, accountId))) refuse("account_not_found");
  const override = await featureOverrides.find(tx, accountId, key);
  const facts = { access, overrides: override ? [override] : [] };
  const { byKey } = resolveFeatures({ plans: app.catalogue.plans, flags: [flag] }, facts, app.clock.now(), app.policy);
  return { accountId, resolved: byKey.get(key) ?? refuse("flag_not_found"), override };
}

/** @throws Refusal limit_not_found | account_not_found */
export async function readLimit(tx: Tx, app: Parts, accountId: string, key: string): Promise<AccountSetting<number | null>> {
  knownLimit(app.catalogue, key);
  if (!(await isAccountThere(tx, accountId))) refuse("account_not_found");
  const override = await limitOverrides.find(tx, accountId, key);
  const facts = await loadLimitFacts(tx, accountId, key, app.stripe.livemode);
  return { accountId, resolved: limitOf(facts, key, app.clock.now(), app.policy), override };
}

export const presentSetting = <Value>({ accountId, resolved, override }: AccountSetting<Value>, now: Date) => ({
  account_id: accountId,
  key: resolved.key,
  value: resolved.value,
  layer: resolved.layer,
  until: resolved.until?.toISOString() ?? null,
  override: override && {
    value: override.value,
    reason: override.reason,
    set_by: override.setBy,
    set_at: override.setAt.toISOString(),
    expires_at: override.expiresAt?.toISOString() ?? null,
    is_expired: !holds(override, now),
    version: override.version,
  },
});

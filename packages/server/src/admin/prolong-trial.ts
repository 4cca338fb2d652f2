import { extendTrial } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { lockAccount } from "../accounts/accounts.store.ts";
import { findStandingRefusal } from "../billing/trial-refusals.store.ts";
import { lockTrial, type StoredTrial, storeExtension } from "../billing/trials.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Act, auditAct } from "./act.ts";

type Parts = Pick<App, "clock" | "ids" | "signals" | "config">;

/**
 * Makes the account's trial longer by some days, from its end or, where it has ended, from now. The mails about its end name the end, so
 * that the new one is told anew.
 * @param wish.version as it was read; null: whatever it is
 * @throws Refusal account_not_found | account_deleted | trial_not_found | trial_is_second | trial_extension_too_long | edited_meanwhile
 */
export async function prolongTrial(
  app: Parts,
  tx: Tx,
  by: Act,
  accountId: string,
  wish: { readonly days: number; readonly version: number | null },
): Promise<StoredTrial> {
  const now = app.clock.now();
  const limit = app.config.trialExtensionDaysMax;
  const account = (await lockAccount(tx, accountId)) ?? refuse("account_not_found");
  if (account.deletedAt !== null) refuse("account_deleted");
  const trial = (await lockTrial(tx, accountId)) ?? refuse("trial_not_found");
  if ((await findStandingRefusal(app, tx, accountId)) !== null) refuse("trial_is_second");
  if (wish.version !== null && wish.version !== trial.version) refuse("edited_meanwhile", { version: trial.version });
  const extension = extendTrial(trial, wish.days, limit, now);
  if (!extension.ok) return refuse("trial_extension_too_long", { limit, days_left: extension.daysLeft });
  const { endsAt, extendedDays } = extension;
  await storeExtension(tx, accountId, { endsAt, extendedDays });
  const value = { plan: trial.plan, starts_at: trial.startsAt.toISOString(), ends_at: endsAt.toISOString() };
  await recordFact(app, tx, { accountId, kind: "trial", subjectId: trial.id, value, validFrom: now, cause: "trial.extended" });
  await factsChanged(app, tx, `account:${accountId}`);
  const details = { days: wish.days, was_until: trial.endsAt.toISOString(), until: endsAt.toISOString() };
  await auditAct(app, tx, by, { accountId, action: "trial.extended", targetId: trial.id, details });
  return { ...trial, endsAt, extendedDays, version: trial.version + 1 };
}

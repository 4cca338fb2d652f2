import { hasRoom, LIMIT_MAX, type LimitKind, limitOf, periodOf } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { loadLimitFacts } from "./limits.store.ts";
import { refuseLimit } from "./refuse-limit.ts";
import { countLive, findUse, lockForCounting, returnUse, takeUse } from "./usage.store.ts";

export type LimitParts = Pick<App, "clock" | "policy" | "catalogue" | "liveCounts"> & {
  readonly config: Pick<App["config"], "baseUrl">;
  readonly stripe: Pick<App["stripe"], "livemode">;
};
/** What was taken, to be kept by whoever may have to give it back. */
export interface Consumption {
  readonly key: string;
  readonly amount: number;
  readonly at: Date;
}

/**
 * Takes `amount` of what the account's plan gives, in the caller's transaction: rolled back with it. Called right before the thing is made,
 * for whoever takes of the same limit waits until that transaction ends.
 *
 * A countable limit is compared with what there is, under the account's lock; a consumable one is counted up in its period.
 * @param amount a whole number from 1
 * @throws Refusal plan_limit_reached, and nothing is taken
 * @throws RangeError when the catalogue has no such limit, or `amount` is none
 */
export async function consumeLimit(app: LimitParts, tx: Tx, accountId: string, key: string, amount = 1): Promise<Consumption> {
  const kind = kindOf(app, key);
  requireAmount(amount);
  const at = app.clock.now();
  const facts = await loadLimitFacts(tx, accountId, key, app.stripe.livemode);
  const limit = limitOf(facts, key, at, app.policy).value;
  if (kind.kind === "countable") await requireRoom(app, tx, accountId, { key, limit, amount });
  else {
    const { start, end } = periodOf(kind, at);
    const counter = { accountId, key, periodStart: start };
    if (!(await takeUse(tx, counter, amount, limit))) {
      refuseLimit(app, { key, limit, used: await findUse(tx, counter), resetsAt: end });
    }
  }
  return { key, amount, at };
}

/**
 * Gives back what a failure left unused, to the period in which it was taken: a use of last month makes no room in this one. What is
 * countable needs none of this, for it is counted anew each time.
 * @param consumption what `consumeLimit` answered; given back once
 */
export async function giveBack(app: Pick<LimitParts, "catalogue">, tx: Tx, accountId: string, consumption: Consumption): Promise<void> {
  const { key, amount, at } = consumption;
  const kind = kindOf(app, key);
  requireAmount(amount);
  if (kind.kind === "consumable") await returnUse(tx, { accountId, key, periodStart: periodOf(kind, at).start }, amount);
}

/** @throws Refusal plan_limit_reached */
async function requireRoom(
  app: LimitParts,
  tx: Tx,
  accountId: string,
  { key, limit, amount }: { key: string; limit: number | null; amount: number },
): Promise<void> {
  if (limit === null) return;
  const count = app.liveCounts[key];
  if (!count) throw new RangeError(`nothing says how ${key} is counted`);
  await lockForCounting(tx, accountId);
  const used = await countLive(tx, accountId, count);
  if (!hasRoom(limit, used, amount)) refuseLimit(app, { key, limit, used, resetsAt: null });
}

function kindOf({ catalogue }: Pick<LimitParts, "catalogue">, key: string): LimitKind {
  const kind = Object.hasOwn(catalogue.limits, key) ? catalogue.limits[key] : undefined;
  if (!kind) throw new RangeError(`there is no limit ${key}; there are ${Object.keys(catalogue.limits).join(", ")}`);
  return kind;
}

function requireAmount(amount: number): void {
  if (!Number.isInteger(amount) || amount < 1 || amount > LIMIT_MAX) throw new RangeError(`${amount} is no amount: a whole number from 1`);
}

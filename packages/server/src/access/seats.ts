import { effectiveSubscription, seatLimit } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { loadAccessFacts } from "./facts.store.ts";
import { loadSeatRows } from "./seats.store.ts";

export interface Seats {
  /** null: no limit. */
  readonly limit: number | null;
  /** Members, and invites that may still be accepted. */
  readonly used: number;
  readonly members: number;
}

/** The account's seats by the facts of now. Whoever gives one away locks the account first, so that two do not give the same one. */
export async function readSeats(app: Pick<App, "clock" | "policy" | "stripe">, tx: Tx, accountId: string): Promise<Seats> {
  const now = app.clock.now();
  const facts = (await loadAccessFacts(tx, [accountId])).get(accountId);
  const { limits, plansBySeat, members, invited } = await loadSeatRows(tx, accountId, app.stripe.livemode, now);
  const subscription = facts ? effectiveSubscription(facts, now, app.policy) : null;
  const plan = subscription?.plan ?? null;
  const bought = plan !== null && plansBySeat.includes(plan) ? (subscription?.seats ?? null) : null;
  return { limit: seatLimit(limitOf(plan, limits), bought), used: members + invited, members };
}

/** Without a plan there is no seat to give; where no plan limits them, there are as many as one likes. */
function limitOf(plan: string | null, limits: Readonly<Record<string, number | null>>): number | null {
  if (Object.keys(limits).length === 0) return null;
  return plan === null ? 0 : (limits[plan] ?? null);
}

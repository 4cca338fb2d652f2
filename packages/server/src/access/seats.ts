import { limitOf } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { loadLimitFacts } from "./limits.store.ts";
import { countTakenSeats } from "./seats.store.ts";

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
  const facts = await loadLimitFacts(tx, accountId, "seats", app.stripe.livemode);
  const { members, invited } = await countTakenSeats(tx, accountId, now);
  return { limit: limitOf(facts, "seats", now, app.policy).value, used: members + invited, members };
}

import type { App } from "../platform/app.ts";
import { type ClaimCardsParts, claimCards } from "./claim-cards.ts";
import { countWithoutCards, listWithoutCards } from "./past-trials.store.ts";

const WHY = "trials are remembered across all accounts";

export const countAccountsWithoutCards = (app: Pick<App, "db">): Promise<number> => app.db.asSystem(WHY, countWithoutCards);

/**
 * Remembers the cards of the next customers who had a trial that is remembered without one, as Stripe knows them. Each is asked for by itself and
 * outside of any transaction, so that it may be broken off anywhere.
 * @param after the account that was looked at last; null: none yet
 * @returns the accounts that were looked at, in order; none: there was none left
 * @throws Refusal billing_unavailable | billing_failed
 */
export async function claimPastCards(app: ClaimCardsParts, after: string | null, limit: number): Promise<readonly string[]> {
  const accounts = await app.db.asSystem(WHY, (tx) => listWithoutCards(tx, after, limit));
  for (const accountId of accounts) await claimCards(app, accountId);
  return accounts;
}

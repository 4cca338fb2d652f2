import { type CutoverDecision, decideCutover } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import { accountsAfter, holdAccounts, type ListedAccount } from "../accounts/all-accounts.store.ts";
import { givenByCutovers, holdCustomers } from "../billing/cutover-grants.store.ts";
import type { CutoverCounts, CutoverOffer } from "../billing/cutover-runs.store.ts";
import type { App, Tx } from "../platform/app.ts";

export interface JudgedAccount extends ListedAccount, CutoverDecision {}

/**
 * What becomes of the next accounts, in the order of ids.
 * @param isGiving nobody of them pays or is deleted until `tx` ends; a look alone locks nothing
 */
export async function judgeAccounts(
  app: Pick<App, "clock">,
  tx: Tx,
  offer: Pick<CutoverOffer, "createdBefore" | "until">,
  page: { readonly after: string | null; readonly limit: number; readonly isGiving: boolean },
): Promise<JudgedAccount[]> {
  const accounts = await accountsAfter(tx, offer.createdBefore, page.after, page.limit);
  const ids = accounts.map(({ id }) => id);
  if (ids.length === 0) return [];
  if (page.isGiving) {
    // In this order: who reads Stripe locks the customer first.
    await holdCustomers(tx, ids);
    await holdAccounts(tx, ids);
  }
  const facts = await loadAccessFacts(tx, ids);
  const given = await givenByCutovers(tx, ids);
  const now = app.clock.now();
  return accounts.flatMap((account) => {
    const found = facts.get(account.id);
    if (!found) return [];
    return { ...account, ...decideCutover({ ...found, hasCutoverGrant: given.has(account.id) }, offer, now) };
  });
}

export function addVerdicts(counts: CutoverCounts, judged: readonly CutoverDecision[]): CutoverCounts {
  const sum = { ...counts };
  for (const { verdict } of judged) sum[verdict] += 1;
  return sum;
}

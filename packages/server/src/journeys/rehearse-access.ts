import { type Rehearsal, rehearse } from "@gatehouse/core";
import { loadAccessFacts } from "../access/facts.store.ts";
import { accountsAfter, countAccounts, type ListedAccount } from "../accounts/all-accounts.store.ts";
import type { App } from "../platform/app.ts";

export interface RehearsedAccount extends ListedAccount, Rehearsal {}

const WHY = "a look at what the guard would say to all accounts";

/** All that there are, deleted ones too. */
export const countForRehearsal = (app: Pick<App, "db">): Promise<number> => app.db.asSystem(WHY, (tx) => countAccounts(tx, null));

/**
 * What the guard of Pro would say to every account that lives, were it enforced at `at`; page by page, and nothing is written or locked.
 * @param tell called with each page, and how many accounts it took to fill it
 */
export async function rehearseAccess(
  app: Pick<App, "db" | "policy">,
  at: Date,
  limit: number,
  tell: (page: readonly RehearsedAccount[], lookedAt: number) => void,
): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const from: string | null = after;
    const { accounts, facts } = await app.db.asSystem(WHY, async (tx) => {
      const listed = await accountsAfter(tx, null, from, limit);
      const ids = listed.map(({ id }) => id);
      return { accounts: listed, facts: await loadAccessFacts(tx, ids) };
    });
    if (accounts.length === 0) return;
    after = accounts.at(-1)?.id ?? null;
    const page = accounts.flatMap((account) => {
      const found = facts.get(account.id);
      // An account that is being erased is no customer who could be locked out.
      return found && found.accountDeletedAt === null ? { ...account, ...rehearse(found, at, app.policy) } : [];
    });
    tell(page, accounts.length);
  }
}

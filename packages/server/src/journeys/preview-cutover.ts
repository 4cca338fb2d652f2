import { countAccounts } from "../accounts/all-accounts.store.ts";
import { type CutoverCounts, type CutoverOffer, NO_COUNTS } from "../billing/cutover-runs.store.ts";
import type { App } from "../platform/app.ts";
import { addVerdicts, type JudgedAccount, judgeAccounts } from "./judge-accounts.ts";

const WHY = "a look at what a cutover would do to all accounts";

export const countPilots = (app: Pick<App, "db">, offer: Pick<CutoverOffer, "createdBefore">): Promise<number> =>
  app.db.asSystem(WHY, (tx) => countAccounts(tx, offer.createdBefore));

/**
 * What a cutover would do to each account, page by page; nothing is written and nothing locked.
 * @param tell called with each page
 */
export async function previewCutover(
  app: Pick<App, "db" | "clock">,
  offer: Pick<CutoverOffer, "createdBefore" | "until">,
  limit: number,
  tell: (page: readonly JudgedAccount[]) => void,
): Promise<CutoverCounts> {
  let counts = NO_COUNTS;
  let after: string | null = null;
  for (;;) {
    const from: string | null = after;
    const page: JudgedAccount[] = await app.db.asSystem(WHY, (tx) =>
      judgeAccounts(app, tx, offer, { after: from, limit, isGiving: false }),
    );
    if (page.length === 0) return counts;
    after = page.at(-1)?.id ?? null;
    counts = addVerdicts(counts, page);
    tell(page);
  }
}

import { type FoldedFacts, foldHistory, type HistoryBasis } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { entriesOf } from "./history.store.ts";
import { findPolicyAt } from "./policy-versions.store.ts";
import { type PersonInAccount, presentView } from "./present-view.ts";

type Parts = Pick<App, "clock" | "config" | "policy">;

/**
 * The answer at `at` twice. `as_recorded`: what the guards said, by the facts recorded until then and the policy in force then.
 * `as_known_today`: what they would have said, had all been known that is known today, by today's policy; of a moment to come, what the
 * facts as they stand say.
 *
 * @param today the person and the account as they stand
 */
export async function explainViews(app: Parts, tx: Tx, accountId: string, today: PersonInAccount, at: Date) {
  const now = app.clock.now();
  const { entries, isCut } = await entriesOf(tx, accountId, today.userId);
  const fold = (basis: HistoryBasis, moment: Date) => asPerson(foldHistory(entries, today.userId, moment, basis), today, isCut);
  const version = await findPolicyAt(tx, at);
  const recorded = fold("as_recorded", at);
  const known = at < now ? fold("as_known_today", at) : { ...today, role: fold("as_recorded", now).role, incomplete: false };
  return {
    as_recorded: presentView(
      app,
      { ...recorded, incomplete: recorded.incomplete || version === null },
      at,
      version ?? { policy: app.policy, inForceFrom: null },
    ),
    as_known_today: presentView(app, known, at, { policy: app.policy, inForceFrom: null }),
  };
}

/** Before the account knew the person nothing of them is recorded; of a member, that nothing is recorded is a gap. */
function asPerson(folded: FoldedFacts, today: PersonInAccount, isCut: boolean) {
  const { registeredAt } = today.verification;
  const isGap = folded.verification === null && folded.role !== null;
  return {
    userId: today.userId,
    access: folded.access,
    verification: folded.verification ?? { emailVerifiedAt: null, registeredAt },
    role: folded.role,
    incomplete: folded.incomplete || isCut || isGap,
  };
}

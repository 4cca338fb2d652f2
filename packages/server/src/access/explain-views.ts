import type { Guessed } from "@gatehouse/contract";
import { entriesUntil, foldHistory, foldOverrides, type HistoryBasis, type HistoryEntry } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { reasonsAt } from "../platform/audit.store.ts";
import type { Actor } from "../platform/serve.ts";
import { findCatalogueAt } from "./catalogue-versions.store.ts";
import type { AccountState } from "./facts.store.ts";
import { entriesOf } from "./history.store.ts";
import { findPolicyAt } from "./policy-versions.store.ts";
import { termsToday } from "./present-entitlements.ts";
import { type PersonInAccount, presentView, type ViewFacts } from "./present-view.ts";

type Parts = Pick<App, "clock" | "config" | "policy" | "catalogue" | "stripe">;

/**
 * The answer at `at` twice. `as_recorded`: what guards, flags and limits said, by the facts recorded until then and by the policy and the
 * catalogue in force then; where none had been kept, today's is taken, and `guessed` says so. `as_known_today`: what they would have said,
 * had all been known that is known today, by today's policy and today's catalogue; of a moment to come, what the facts as they stand say.
 *
 * @param person as they stand
 * @param state of the account, as it stands
 */
export async function explainViews(
  app: Parts,
  tx: Tx,
  { accountId, isOperator }: Actor,
  person: PersonInAccount,
  state: AccountState,
  at: Date,
) {
  const now = app.clock.now();
  const { entries, isCut } = await entriesOf(tx, accountId, person.userId);
  const reasons = isOperator ? await reasonsAt(tx, accountId, "override.set", at) : NOBODY_ASKED;
  const fold = (basis: HistoryBasis, moment: Date) => foldView({ entries, isCut, reasons }, person, moment, basis);
  const recorded = fold("as_recorded", at);
  const known = at < now ? fold("as_known_today", at) : asItStands(fold("as_recorded", now), person, state);
  const policy = await findPolicyAt(tx, at);
  const catalogue = await findCatalogueAt(tx, at, app.stripe.livemode);
  const today = { policy: app.policy, policyInForceFrom: null, catalogue: termsToday(app, state) };
  const then = {
    policy: policy?.policy ?? app.policy,
    policyInForceFrom: policy?.inForceFrom ?? null,
    catalogue: catalogue ?? today.catalogue,
  };
  const missing = [...recorded.guessed, ...(policy ? [] : (["policy"] as const)), ...(catalogue ? [] : (["catalogue"] as const))];
  return {
    as_recorded: presentView(app, recorded.facts, then, { at, isOperator, guessed: missing }),
    as_known_today: presentView(app, known.facts, today, { at, isOperator, guessed: known.guessed }),
  };
}

const NOBODY_ASKED: ReadonlyMap<string, string> = new Map();

interface Folded {
  readonly facts: ViewFacts;
  readonly guessed: readonly Guessed[];
}
interface Recorded {
  readonly entries: readonly HistoryEntry[];
  readonly isCut: boolean;
  /** Why operators set overrides, by subject. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** Before the account knew the person nothing of them is recorded; of a member, that nothing is recorded is a gap. */
function foldView({ entries, isCut, reasons }: Recorded, { userId, verification }: PersonInAccount, at: Date, basis: HistoryBasis): Folded {
  const history = entriesUntil(entries, at, basis);
  const folded = foldHistory(history, userId, at, basis);
  const overrides = foldOverrides(history, at);
  const isGap = folded.verification === null && folded.role !== null;
  const facts = {
    userId,
    history,
    access: folded.access,
    verification: folded.verification ?? { emailVerifiedAt: null, registeredAt: verification.registeredAt },
    role: folded.role,
    overrides: {
      ...overrides,
      features: overrides.features.map((one) => ({ ...one, reason: reasons.get(`feature:${one.key}`) ?? "" })),
      limits: overrides.limits.map((one) => ({ ...one, reason: reasons.get(`limit:${one.key}`) ?? "" })),
    },
  };
  return { facts, guessed: folded.incomplete || overrides.incomplete || isCut || isGap ? ["history"] : [] };
}

/** What stands now needs no history to be known, but for what has ended. */
const asItStands = ({ facts }: Folded, person: PersonInAccount, { overrides }: AccountState): Folded => ({
  facts: { ...facts, ...person, overrides: { ...facts.overrides, ...overrides } },
  guessed: [],
});

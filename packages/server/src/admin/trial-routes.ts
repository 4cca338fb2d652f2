import { adminTrials } from "@gatehouse/contract";
import { listClaims } from "../access/trial-claims.store.ts";
import { findAccount } from "../accounts/accounts.store.ts";
import { findRefusal } from "../billing/trial-refusals.store.ts";
import { findTrial } from "../billing/trials.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { waiveTrial } from "./waive-trial.ts";

const REASON = "an operator looks after an account that is not theirs";

/** For operators: who got no trial and why, and the way out. */
export function adminTrialRoutes(http: Http, app: App): void {
  serve(http, app, adminTrials.listTrialClaims, ({ params }) => app.db.asSystem(REASON, (tx) => presentClaims(tx, params.id)));
  serve(http, app, adminTrials.waiveTrial, ({ actor, origin, params, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      await waiveTrial(tx, app, { actor, origin, reason: body.reason }, params.id);
      return presentClaims(tx, params.id);
    }),
  );
}

/** @throws Refusal account_not_found */
async function presentClaims(tx: Tx, accountId: string) {
  if ((await findAccount(tx, accountId)) === null) refuse("account_not_found");
  const trial = await findTrial(tx, accountId);
  const refusal = await findRefusal(tx, accountId);
  const claims = await listClaims(tx, accountId);
  return {
    account_id: accountId,
    trial_ends_at: trial?.endsAt.toISOString() ?? null,
    refusal: refusal && {
      reason: refusal.reason,
      at: refusal.at.toISOString(),
      waived_at: refusal.waivedAt?.toISOString() ?? null,
      waived_by: refusal.waivedBy,
      waiver_reason: refusal.waiverReason,
    },
    claims: claims.map(({ kind, at, provenAt }) => ({ kind, at: at.toISOString(), proven_at: provenAt?.toISOString() ?? null })),
  };
}

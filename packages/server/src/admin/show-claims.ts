import { listClaims } from "../access/trial-claims.store.ts";
import { findAccount } from "../accounts/accounts.store.ts";
import { findRefusal } from "../billing/trial-refusals.store.ts";
import { findTrial } from "../billing/trials.store.ts";
import type { Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";

/** Why an account has no trial, or what its trial is remembered by: over HTTP and at the command line. @throws Refusal account_not_found */
export async function showClaims(tx: Tx, accountId: string) {
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

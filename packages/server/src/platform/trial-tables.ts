import type { ClaimKind } from "@gatehouse/core";
import type { Fixed } from "./columns.ts";

interface TrialClaims {
  account_id: string;
  kind: Fixed<ClaimKind>;
  hash: Fixed<Buffer>;
  at: Date;
  proven_at: Date | null;
}
interface TrialRefusals {
  account_id: Fixed<string>;
  reason: string;
  at: Date;
  waived_at: Date | null;
  waived_by: string | null;
  waiver_reason: string | null;
}

/** What trials are remembered by, and who got none. */
export interface TrialTables {
  trial_claims: TrialClaims;
  trial_refusals: TrialRefusals;
}

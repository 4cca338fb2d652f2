import type { GeneratedAlways } from "kysely";
import type { Fixed } from "./columns.ts";

interface GuardRefusals {
  account_id: Fixed<string>;
  guard: Fixed<string>;
  reason: Fixed<string>;
  day: Fixed<string>;
  count: number;
  first_at: Date;
  last_at: Date;
}
interface PolicyVersions {
  id: GeneratedAlways<number>;
  kind: Fixed<"policy" | "catalogue">;
  in_force_from: Fixed<Date>;
  value: Fixed<unknown>;
}

/** What explains access beside an account's own history. */
export interface AccessTables {
  guard_refusals: GuardRefusals;
  policy_versions: PolicyVersions;
}

import type { Generated } from "kysely";
import type { Fixed } from "./columns.ts";

interface Plans {
  key: string;
  name: string;
  is_public: boolean;
  position: number;
  edited_at: Date | null;
  edited_by: string | null;
  edit_reason: string | null;
  version: Generated<number>;
}
interface PlanLimits {
  plan: string;
  limit_key: string;
  limit_value: number | null;
  edited_at: Date | null;
  edited_by: string | null;
  edit_reason: string | null;
  version: Generated<number>;
}
interface FeatureFlags {
  key: string;
  description: string;
  default_value: unknown;
}
interface PlanFeatureDefaults {
  plan: string;
  flag: string;
  value: unknown;
}
interface AccountFeatureOverrides {
  account_id: Fixed<string>;
  flag: Fixed<string>;
  value: unknown;
  reason: string;
  set_by: string | null;
  set_at: Date;
  expires_at: Date | null;
  version: Generated<number>;
}
interface AccountLimitOverrides {
  account_id: Fixed<string>;
  limit_key: Fixed<string>;
  value: number | null;
  reason: string;
  set_by: string | null;
  set_at: Date;
  expires_at: Date | null;
  version: Generated<number>;
}
interface UsageCounters {
  account_id: Fixed<string>;
  limit_key: Fixed<string>;
  period_start: Fixed<Date>;
  used: number;
}

/** Plans, flags and limits, and what was set or used up of them by single accounts. */
export interface CatalogueTables {
  plans: Plans;
  plan_limits: PlanLimits;
  feature_flags: FeatureFlags;
  plan_feature_defaults: PlanFeatureDefaults;
  account_feature_overrides: AccountFeatureOverrides;
  account_limit_overrides: AccountLimitOverrides;
  usage_counters: UsageCounters;
}

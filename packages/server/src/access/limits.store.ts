import type { LimitFacts } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import { asAccessFacts, type FactsRow, factsColumns } from "./facts.store.ts";
import { asOverride, limitOverridesColumn, type OverridesRow } from "./overrides.store.ts";

interface Row extends FactsRow, Pick<OverridesRow, "limit_overrides"> {
  plan_limits: { plan: string; key: string; limit: number | null }[];
  plans_by_seat: string[];
}

/**
 * What decides one limit of an account, in one statement; an account that there is not has no facts.
 * @param livemode the mode of Stripe's key: prices of the other one are none of ours
 */
export async function loadLimitFacts(tx: Tx, accountId: string, key: string, livemode: boolean): Promise<LimitFacts> {
  const account = sql<string>`${accountId}::uuid`;
  const result = await sql<Row>`
    select null::timestamptz as deleted_at, ${factsColumns(account)}, ${limitOverridesColumn(account)},
      (select coalesce(jsonb_agg(jsonb_build_object('plan', plan, 'key', limit_key, 'limit', limit_value)), '[]'::jsonb)
        from plan_limits where limit_key = ${key}) as plan_limits,
      (select coalesce(array_agg(distinct plan), '{}') from plan_billing where livemode = ${livemode} and is_per_seat) as plans_by_seat
    `.execute(tx);
  const row = result.rows[0];
  if (!row) throw new Error("a statement without a table gives one row");
  return {
    access: asAccessFacts(row),
    planLimits: row.plan_limits,
    plansBySeat: row.plans_by_seat,
    overrides: row.limit_overrides.map(asOverride),
  };
}

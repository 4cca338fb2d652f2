import type { AccountTerms } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { LiveCounts } from "../platform/live-counts.ts";
import { asAccessFacts, type FactsRow, factsColumns } from "./facts.store.ts";
import { asOverrides, type OverridesRow, overridesColumns } from "./overrides.store.ts";

interface Row extends FactsRow, OverridesRow {
  id: string;
  used: Record<string, number>;
}

/** What decides flags and limits of these accounts, and what they use; one that is to be deleted or is not there is left out. */
export async function loadAccountTerms(
  tx: Tx,
  accountIds: readonly string[],
  counts: LiveCounts,
): Promise<ReadonlyMap<string, AccountTerms>> {
  if (accountIds.length === 0) return new Map();
  const account = sql<string>`a.id`;
  const used = Object.entries(counts).map(([key, count]) => sql`${sql.lit(key)}, ${count(account)}`);
  const result = await sql<Row>`
    select a.id, a.deleted_at, jsonb_build_object(${sql.join(used)}) as used, ${factsColumns(account)}, ${overridesColumns(account)}
    from accounts a where a.id = any(${accountIds}) and a.deleted_at is null`.execute(tx);
  return new Map(result.rows.map((row) => [row.id, { access: asAccessFacts(row), ...asOverrides(row), used: row.used }]));
}

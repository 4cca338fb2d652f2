import type { Catalogue, Flag, FlagValue, Plan } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** What becomes of what operators edited of plans: `keep` at each start and migration, `undo` when somebody applies the catalogue. */
export type Edits = "keep" | "undo";

/**
 * Brings the tables to the catalogue file.
 *
 * A plan that the file no longer has stays with its limits, for the accounts that are on it. A flag or limit that it no longer has goes, with what
 * plans say of it. What operators set of it for single accounts stays and says nothing: a deploy that is taken back must not lose their decisions.
 */
export async function storeCatalogue(tx: Tx, catalogue: Catalogue, edits: Edits): Promise<void> {
  await storePlans(tx, catalogue, edits);
  await storeLimits(tx, catalogue, edits);
  await storeFlags(tx, catalogue.flags);
  await storeFeatures(tx, catalogue);
}

async function storePlans(tx: Tx, catalogue: Catalogue, edits: Edits): Promise<void> {
  const plans = catalogue.plans.map((plan) => ({ key: plan.key, name: plan.name, is_public: plan.public, position: plan.order }));
  await tx
    .insertInto("plans")
    .values(plans)
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet((set) => ({
          name: set.ref("excluded.name"),
          is_public: set.ref("excluded.is_public"),
          position: set.ref("excluded.position"),
          edited_at: null,
          edited_by: null,
          edit_reason: null,
          version: sql<number>`plans.version + 1`,
        }))
        .where((where) => (edits === "undo" ? where.lit(true) : where("plans.edited_at", "is", null)))
        .where((where) =>
          where.or([
            where("plans.name", "is distinct from", where.ref("excluded.name")),
            where("plans.is_public", "is distinct from", where.ref("excluded.is_public")),
            where("plans.position", "is distinct from", where.ref("excluded.position")),
            where("plans.edited_at", "is not", null),
          ]),
        ),
    )
    .execute();
}

async function storeLimits(tx: Tx, catalogue: Catalogue, edits: Edits): Promise<void> {
  const limits = catalogue.plans.flatMap((plan) =>
    Object.entries(plan.limits).map(([key, value]) => ({ plan: plan.key, limit_key: key, limit_value: value })),
  );
  await tx
    .deleteFrom("plan_limits")
    .where(sql<boolean>`limit_key <> all(${Object.keys(catalogue.limits)})`)
    .execute();
  if (limits.length === 0) return;
  await tx
    .insertInto("plan_limits")
    .values(limits)
    .onConflict((conflict) =>
      conflict
        .columns(["plan", "limit_key"])
        .doUpdateSet((set) => ({
          limit_value: set.ref("excluded.limit_value"),
          edited_at: null,
          edited_by: null,
          edit_reason: null,
          version: sql<number>`plan_limits.version + 1`,
        }))
        .where((where) => (edits === "undo" ? where.lit(true) : where("plan_limits.edited_at", "is", null)))
        .where((where) =>
          where.or([
            where("plan_limits.limit_value", "is distinct from", where.ref("excluded.limit_value")),
            where("plan_limits.edited_at", "is not", null),
          ]),
        ),
    )
    .execute();
}

async function storeFlags(tx: Tx, flags: readonly Flag[]): Promise<void> {
  const keys = flags.map(({ key }) => key);
  await tx.deleteFrom("plan_feature_defaults").where(sql<boolean>`flag <> all(${keys})`).execute();
  await tx.deleteFrom("feature_flags").where(sql<boolean>`key <> all(${keys})`).execute();
  if (flags.length === 0) return;
  await tx
    .insertInto("feature_flags")
    .values(flags.map((flag) => ({ key: flag.key, description: flag.description, default_value: JSON.stringify(flag.default) })))
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((set) => ({
        description: set.ref("excluded.description"),
        default_value: set.ref("excluded.default_value"),
      })),
    )
    .execute();
}

async function storeFeatures(tx: Tx, catalogue: Catalogue): Promise<void> {
  const planKeys = catalogue.plans.map(({ key }) => key);
  await tx.deleteFrom("plan_feature_defaults").where(sql<boolean>`plan <> all(${planKeys})`).execute();
  for (const plan of catalogue.plans) {
    await tx
      .deleteFrom("plan_feature_defaults")
      .where("plan", "=", plan.key)
      .where(sql<boolean>`flag <> all(${Object.keys(plan.features)})`)
      .execute();
  }
  const features = catalogue.plans.flatMap((plan) =>
    Object.entries(plan.features).map(([flag, value]) => ({ plan: plan.key, flag, value: JSON.stringify(value) })),
  );
  if (features.length === 0) return;
  await tx
    .insertInto("plan_feature_defaults")
    .values(features)
    .onConflict((conflict) => conflict.columns(["plan", "flag"]).doUpdateSet((set) => ({ value: set.ref("excluded.value") })))
    .execute();
}

/** What an operator changed, and why; it holds until the catalogue is applied. */
export interface Edit {
  readonly at: Date;
  /** null: the command line, or whoever it was is gone. */
  readonly by: string | null;
  readonly reason: string;
}
export interface StoredLimit {
  readonly plan: string;
  readonly key: string;
  readonly value: number | null;
  readonly version: number;
  readonly edit: Edit | null;
}
/** A plan as the tables have it. */
export interface StoredPlan extends Omit<Plan, "prices"> {
  readonly version: number;
  readonly edit: Edit | null;
  /** Why operators changed limits, by limit key; a limit that is as it was stored is not here. */
  readonly limitEdits: Readonly<Record<string, Edit>>;
}
/** A flag as the tables have it. */
export interface StoredFlag extends Flag {
  /** Accounts for which operators set it. */
  readonly overrides: number;
}

const PLAN_COLUMNS = ["key", "name", "is_public", "position", "version", "edited_at", "edited_by", "edit_reason"] as const;
const LIMIT_COLUMNS = ["plan", "limit_key", "limit_value", "version", "edited_at", "edited_by", "edit_reason"] as const;

/** All plans, also those that the catalogue file no longer has. */
export async function listPlans(tx: Tx): Promise<StoredPlan[]> {
  const plans = await tx.selectFrom("plans").select(PLAN_COLUMNS).orderBy("position").orderBy("key").execute();
  const limits = await listLimits(tx);
  const features = await tx.selectFrom("plan_feature_defaults").select(["plan", "flag", "value"]).orderBy("flag").execute();
  return plans.map((plan) => {
    const own = limits.filter((limit) => limit.plan === plan.key);
    return {
      key: plan.key,
      name: plan.name,
      public: plan.is_public,
      order: plan.position,
      version: plan.version,
      edit: asEdit(plan),
      limits: Object.fromEntries(own.map((limit) => [limit.key, limit.value])),
      limitEdits: Object.fromEntries(own.flatMap(({ key, edit }) => (edit === null ? [] : [[key, edit]]))),
      features: Object.fromEntries(features.filter((one) => one.plan === plan.key).map((one) => [one.flag, one.value as FlagValue])),
    };
  });
}

/** What decides whether a plan is sold, and how many seats of it; by an account's role too. null: there is no such plan */
export async function findPlanOnSale(tx: Tx, plan: string): Promise<{ isPublic: boolean; seatLimit: number | null } | null> {
  const row = await tx
    .selectFrom("plans")
    .leftJoin("plan_limits", (join) => join.onRef("plan_limits.plan", "=", "plans.key").on("plan_limits.limit_key", "=", "seats"))
    .select(["plans.is_public", "plan_limits.limit_value"])
    .where("plans.key", "=", plan)
    .executeTakeFirst();
  return row ? { isPublic: row.is_public, seatLimit: row.limit_value } : null;
}

/** Limits of all plans, by plan and key. */
export async function listLimits(tx: Tx): Promise<StoredLimit[]> {
  const rows = await tx.selectFrom("plan_limits").select(LIMIT_COLUMNS).orderBy("plan").orderBy("limit_key").execute();
  return rows.map((row) => ({
    plan: row.plan,
    key: row.limit_key,
    value: row.limit_value,
    version: row.version,
    edit: asEdit(row),
  }));
}

export async function listFlags(tx: Tx): Promise<StoredFlag[]> {
  const rows = await tx
    .selectFrom("feature_flags")
    .select(["key", "description", "default_value"])
    .select((row) =>
      row
        .selectFrom("account_feature_overrides")
        .select((of) => of.fn.countAll<number>().as("overrides"))
        .whereRef("account_feature_overrides.flag", "=", "feature_flags.key")
        .as("overrides"),
    )
    .orderBy("key")
    .execute();
  return rows.map((row) => ({
    key: row.key,
    description: row.description,
    default: row.default_value as FlagValue,
    overrides: row.overrides ?? 0,
  }));
}

function asEdit(row: { edited_at: Date | null; edited_by: string | null; edit_reason: string | null }): Edit | null {
  if (row.edited_at === null) return null;
  return { at: row.edited_at, by: row.edited_by, reason: row.edit_reason ?? "" };
}

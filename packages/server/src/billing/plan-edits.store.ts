import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";
import type { Edit } from "./catalogue.store.ts";

/** A plan as operators may edit it. */
export interface PlanEdit {
  readonly plan: string;
  readonly name: string;
  readonly public: boolean;
  readonly order: number;
}
export interface LimitEdit {
  readonly plan: string;
  readonly key: string;
  /** null: no limit */
  readonly value: number | null;
}

/** The version stands in the condition, so of two who read the same one, one changes the row. @returns whether it was this one */
export async function editPlan(tx: Tx, { plan, name, public: isPublic, order }: PlanEdit, version: number, edit: Edit): Promise<boolean> {
  const done = await tx
    .updateTable("plans")
    .set({ name, is_public: isPublic, position: order, ...columnsOf(edit), version: sql<number>`version + 1` })
    .where("key", "=", plan)
    .where("version", "=", version)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** As `editPlan`. */
export async function editLimit(tx: Tx, { plan, key, value }: LimitEdit, version: number, edit: Edit): Promise<boolean> {
  const done = await tx
    .updateTable("plan_limits")
    .set({ limit_value: value, ...columnsOf(edit), version: sql<number>`version + 1` })
    .where("plan", "=", plan)
    .where("limit_key", "=", key)
    .where("version", "=", version)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Locks all plans, so that two who edit at once cannot both take one place in the order. */
export async function lockPlans(tx: Tx): Promise<void> {
  await tx.selectFrom("plans").select("key").orderBy("key").forUpdate().execute();
}

const columnsOf = ({ at, by, reason }: Edit) => ({ edited_at: at, edited_by: by, edit_reason: reason });

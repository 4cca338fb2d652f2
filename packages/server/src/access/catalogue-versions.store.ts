import type { Catalogue, CatalogueInForce, CatalogueTerms } from "@gatehouse/core";
import { z } from "zod";
import type { Tx } from "../platform/app.ts";
import { keepVersion, listVersions, lockVersions } from "./policy-versions.store.ts";

/**
 * Keeps the catalogue that is in force from `at` on: flags and plans as the process has them, limits and which plans are sold by the seat
 * as the tables have them, for operators edit limits and prices are stored there.
 */
export async function keepCatalogue(
  tx: Tx,
  { flags, limits, plans, trialPlan }: Pick<Catalogue, "flags" | "limits" | "plans" | "trialPlan">,
  at: Date,
): Promise<void> {
  await lockVersions(tx);
  await keepVersion(tx, "catalogue", { flags, limits, plans, trialPlan, ...(await readTables(tx)) }, at);
}

/**
 * As `keepCatalogue`, in the transaction that changes the tables alone: flags stay those of the newest version. Before any server has
 * started there is none, and nobody whom it could concern.
 */
export async function keepLimitsInForce(tx: Tx, at: Date): Promise<void> {
  await lockVersions(tx);
  const [newest] = await listVersions(tx, "catalogue", null, 1);
  if (typeof newest?.value !== "object") return;
  await keepVersion(tx, "catalogue", { ...newest.value, ...(await readTables(tx)) }, at);
}

/** Orders are fixed, so that the same tables give the same version. */
async function readTables(tx: Tx) {
  const limits = tx.selectFrom("plan_limits").select(["plan", "limit_key as key", "limit_value as limit"]);
  const bySeat = tx.selectFrom("plan_billing").select(["plan", "livemode"]).distinct().where("is_per_seat", "=", true);
  return {
    planLimits: await limits.orderBy("plan").orderBy("limit_key").execute(),
    plansBySeat: await bySeat.orderBy("plan").orderBy("livemode").execute(),
  };
}

/** So many versions are looked back through for the one that changed a flag or limit. */
const VERSIONS_MAX = 100;

/**
 * The catalogue in force at `at`; null: none was kept yet, or it cannot be read any more.
 * @param livemode the mode of Stripe's key: prices of the other one are none of ours
 */
export async function findCatalogueAt(tx: Tx, at: Date, livemode: boolean): Promise<CatalogueInForce | null> {
  const kept = await listVersions(tx, "catalogue", at, VERSIONS_MAX);
  const read = kept.map(({ inForceFrom, value }) => ({ inForceFrom, terms: asTerms(value, livemode) }));
  // What stands before one that cannot be read is not known to have gone over into what came after it.
  const unreadable = read.findIndex(({ terms }) => terms === null);
  const [inForce, ...earlier] = (unreadable === -1 ? read : read.slice(0, unreadable)).flatMap(({ inForceFrom, terms }) =>
    terms === null ? [] : [{ inForceFrom, terms }],
  );
  return inForce ? { ...inForce, earlier: earlier.map(({ inForceFrom, terms }) => ({ inForceFrom, ...terms })) } : null;
}

const value = z.union([z.boolean(), z.string(), z.number()]);
const limit = z.number().int().nullable();
const stored = z.object({
  flags: z.array(z.object({ key: z.string(), description: z.string().default(""), default: value })),
  plans: z.array(
    z.object({
      key: z.string(),
      features: z.record(z.string(), value).default({}),
      limits: z.record(z.string(), limit).default({}),
      prices: z.array(z.object({ perSeat: z.boolean() })).default([]),
    }),
  ),
  planLimits: z.array(z.object({ plan: z.string(), key: z.string(), limit })).optional(),
  plansBySeat: z.array(z.object({ plan: z.string(), livemode: z.boolean() })).optional(),
});

/** Of a version before the tables were kept too, limits and prices are those of the catalogue file. */
function asTerms(kept: unknown, livemode: boolean): CatalogueTerms | null {
  const read = stored.safeParse(kept);
  if (!read.success) return null;
  const { flags, plans, planLimits, plansBySeat } = read.data;
  const inFile = plans.flatMap((plan) => Object.entries(plan.limits).map(([key, limit]) => ({ plan: plan.key, key, limit })));
  const soldBySeat = plans.filter(({ prices }) => prices.some(({ perSeat }) => perSeat)).map(({ key }) => key);
  return {
    flags,
    plans: plans.map(({ key, features }) => ({ key, features })),
    planLimits: planLimits ?? inFile,
    plansBySeat: plansBySeat?.filter((one) => one.livemode === livemode).map(({ plan }) => plan) ?? soldBySeat,
  };
}

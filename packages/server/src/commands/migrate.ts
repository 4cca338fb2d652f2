import { whyNotCatalogue } from "@gatehouse/core";
import { keepLimitsInForce } from "../access/catalogue-versions.store.ts";
import { storeCatalogue } from "../billing/catalogue.store.ts";
import type { Config } from "../platform/config.ts";
import { openDb } from "../platform/db.ts";
import { migrate } from "../platform/migrate.ts";
import { migrationSets, type Product } from "../server.ts";
import type { Command } from "./context.ts";
import { withConfig } from "./open-parts.ts";

export const migrateCommand: Command = {
  name: "migrate",
  summary: "Bring the schema and the plan catalogue to their newest form",
  details: "Forward only, under a lock: safe to run from many places at once, and again. Needs DATABASE_OWNER_URL.",
  positionals: [],
  options: {},
  examples: ["gatehouse migrate", "DATABASE_OWNER_URL=postgresql://owner@db/gatehouse gatehouse migrate --json"],
  run: (context) =>
    withConfig(context, async (config, clock) => {
      // The sandbox has a time of its own; what changed there is kept by the server that starts next.
      const applied = await bringUpToDate(config, context.product, config.sandbox ? null : clock.now());
      return { text: applied.length === 0 ? "Nothing to do: the schema is the newest." : `Ran ${applied.join(", ")}.`, data: { applied } };
    }),
};

/**
 * Migrations, then the catalogue.
 * @param at when limits that it changes come into force for servers that run; null: none runs, and the next start keeps them
 * @returns the migrations that ran
 */
export async function bringUpToDate(
  config: Pick<Config, "databaseUrl" | "databaseOwnerUrl">,
  product: Product,
  at: Date | null = null,
): Promise<string[]> {
  const problems = whyNotCatalogue(product.catalogue);
  if (problems.length > 0) throw new Error(`The plan catalogue is not right:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  const applied = await migrate({ ownerUrl: config.databaseOwnerUrl, serverUrl: config.databaseUrl, sets: migrationSets(product) });
  const db = openDb({ url: config.databaseUrl, poolMax: 1, onLostConnection: () => undefined });
  try {
    await db.asSystem("the catalogue belongs to no account", async (tx) => {
      await storeCatalogue(tx, product.catalogue, "keep");
      if (at !== null) await keepLimitsInForce(tx, at);
    });
  } finally {
    await db.close();
  }
  return applied;
}

import { join } from "node:path";
import type { Product } from "@gatehouse/server";
import type { LiveCounts } from "@gatehouse/server/access/facts.store";
import type { Gate } from "@gatehouse/server/access/gate";
import { requireActiveSubscription, requireVerifiedEmailAfterGrace } from "@gatehouse/server/access/guards";
import type { App } from "@gatehouse/server/platform/app";
import type { MigrationSet } from "@gatehouse/server/platform/migrate";
import type { Http } from "@gatehouse/server/platform/serve";
import { catalogue } from "./plans.ts";
import { treeErrors } from "./trees/trees.errors.ts";
import { treeRoutes } from "./trees/trees.routes.ts";
import { countTrees } from "./trees/trees.store.ts";

const migrations: MigrationSet = { name: "resolutionflow", folder: join(import.meta.dirname, "migrations") };
const liveCounts: LiveCounts = { max_trees: countTrees };

/** ResolutionFlow as Gatehouse opens it to the public: its plans, tables, refusals and routes. */
export const resolutionFlow: Product = {
  name: "resolutionflow",
  catalogue,
  migrations,
  errors: treeErrors,
  liveCounts,
  /** The verified address is asked for first: whoever lacks both can mend that one at once and for nothing. */
  routes(http: Http, app: App, gate: Gate): Promise<void> {
    return treeRoutes(http, app, [requireVerifiedEmailAfterGrace(gate, app), requireActiveSubscription(gate, app)]);
  },
};

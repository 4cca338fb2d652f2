import { join } from "node:path";
import type { Product } from "@gatehouse/server";
import type { Gate } from "@gatehouse/server/access/gate";
import { requireActiveSubscription, requireVerifiedEmailAfterGrace } from "@gatehouse/server/access/guards";
import type { App } from "@gatehouse/server/platform/app";
import type { LiveCounts } from "@gatehouse/server/platform/live-counts";
import type { MigrationSet } from "@gatehouse/server/platform/migrate";
import type { Http } from "@gatehouse/server/platform/serve";
import { behindGuards } from "./behind-guards.ts";
import { checklist } from "./checklist.ts";
import { exportSections } from "./export-sections.ts";
import { catalogue } from "./plans.ts";
import { sessionErrors } from "./sessions/sessions.errors.ts";
import { sessionRoutes } from "./sessions/sessions.routes.ts";
import { eraseSessions } from "./sessions/sessions.store.ts";
import { treeErrors } from "./trees/trees.errors.ts";
import { treeRoutes } from "./trees/trees.routes.ts";
import { countTrees, eraseTrees } from "./trees/trees.store.ts";

const migrations: MigrationSet = { name: "resolutionflow", folder: join(import.meta.dirname, "migrations") };
const liveCounts: LiveCounts = { max_trees: countTrees };

/** ResolutionFlow as Gatehouse opens it to the public: its plans, tables, refusals and routes. */
export const resolutionFlow: Product = {
  name: "resolutionflow",
  catalogue,
  migrations,
  errors: { ...treeErrors, ...sessionErrors },
  liveCounts,
  exportSections,
  checklist,
  welcomeSteps: ["first_tree"],
  async eraseAccount(tx, accountId) {
    await eraseSessions(tx, accountId);
    await eraseTrees(tx, accountId);
  },
  /** The verified address is asked for first: whoever lacks both can mend that one at once and for nothing. */
  routes(http: Http, app: App, gate: Gate): Promise<void> {
    const guards = [requireVerifiedEmailAfterGrace(gate, app), requireActiveSubscription(gate, app)];
    return behindGuards(http, guards, (guarded) => {
      treeRoutes(guarded, app);
      sessionRoutes(guarded, app);
    });
  },
};

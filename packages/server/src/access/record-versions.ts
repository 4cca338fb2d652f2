import type { App } from "../platform/app.ts";
import { keepCatalogue } from "./catalogue-versions.store.ts";
import { keepVersion } from "./policy-versions.store.ts";

/**
 * Keeps policy and catalogue as this process holds them, where they differ from the newest that are kept: at each start, for configuration
 * and code change with a process. So it can be said later what was in force when somebody was refused.
 */
export async function recordVersions(app: Pick<App, "db" | "clock" | "policy" | "catalogue">): Promise<void> {
  const now = app.clock.now();
  await app.db.asSystem("policy and catalogue belong to no account", async (tx) => {
    await keepVersion(tx, "policy", app.policy, now);
    await keepCatalogue(tx, app.catalogue, now);
  });
}

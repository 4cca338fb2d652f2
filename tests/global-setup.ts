import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMIN_ROLE, ensureSandboxDatabase, startPostgres } from "@gatehouse/sandbox";
import { bringUpToDate } from "@gatehouse/server/commands/migrate";
import { TEMPLATE } from "@gatehouse/testkit/database";
import { resolutionFlow } from "@resolutionflow/api";
import type { TestProject } from "vitest/node";

/**
 * Runs once before all test files: one real PostgreSQL, and in it the database that every file clones, migrated as the product's own.
 * It flushes nothing to disk, for nothing in it outlives the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-tests-"));
  // Root hands the server to an unprivileged user, who must get through.
  await chmod(folder, 0o711);
  const said: string[] = [];
  const postgres = await startPostgres({
    home: join(folder, "home"),
    durable: false,
    uid: process.getuid?.() ?? 0,
    log: (line) => said.push(line),
  });
  const teardown = async (): Promise<void> => {
    await postgres.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { ownerUrl, serverUrl } = await ensureSandboxDatabase(postgres);
    await bringUpToDate({ databaseOwnerUrl: ownerUrl, databaseUrl: serverUrl }, resolutionFlow);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide("testPostgres", { url: postgres.url("{database}", "{user}"), adminRole: ADMIN_ROLE, template: TEMPLATE });
  return teardown;
}

import type { FastifyInstance } from "fastify";
import { sql } from "kysely";
import type { App } from "./app.ts";
import { type MigrationSet, pendingMigrations } from "./migrate.ts";

/** `ok`, or in a few words what is wrong. */
type Check = string;

/** `/healthz`: the process lives. `/readyz`: it can serve: database, migrations, queue. A balancer asks the second. */
export function healthRoutes(
  http: FastifyInstance,
  app: Pick<App, "db" | "config" | "signals">,
  sets: readonly MigrationSet[],
  isQueueUp: () => boolean,
): void {
  let isMigrated = false;
  const migrations = async (): Promise<Check> => {
    if (isMigrated) return "ok";
    const pending = await pendingMigrations(app.config.databaseDirectUrl, sets);
    isMigrated = pending.length === 0;
    return isMigrated ? "ok" : `not run yet: ${pending.join(", ")}; run gatehouse migrate`;
  };
  http.get("/healthz", (_request, reply) => reply.send({ status: "ok" }));
  http.get("/readyz", async (_request, reply) => {
    const checks = {
      database: await tell(() => app.db.asSystem("readiness", (tx) => sql`select 1`.execute(tx)).then(() => "ok")),
      migrations: await tell(migrations),
      jobs: isQueueUp() ? "ok" : "the queue is not running yet",
      signals: app.signals.isListening() ? "ok" : "not listening yet",
    };
    const isReady = Object.values(checks).every((check) => check === "ok");
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ready" : "not_ready", checks });
  });
}

const tell = (check: () => Promise<Check>): Promise<Check> => check().catch(() => "cannot be reached");

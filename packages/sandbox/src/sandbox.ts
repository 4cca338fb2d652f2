export { type EmbeddedPostgres, type PostgresOptions, startPostgres } from "./postgres.ts";
export { ADMIN_ROLE } from "./postgres-folder.ts";
export { ensureSandboxDatabase, type SandboxDatabase } from "./sandbox-database.ts";

export type { SandboxPart } from "./landing-page.ts";
export type { Mail, MailSummary } from "./mail-store.ts";
export { type Mailbox, type MailboxOptions, startMailbox } from "./mailbox.ts";
export { assertPortFree, type PortHolder, whoHasPort } from "./ports.ts";
export { type EmbeddedPostgres, type PostgresOptions, startPostgres } from "./postgres.ts";
export { ADMIN_ROLE } from "./postgres-folder.ts";
export { ensureSandboxDatabase, type SandboxDatabase } from "./sandbox-database.ts";
export { type SandboxClock, type SandboxRoutesOptions, sandboxRoutes } from "./sandbox-routes.ts";
export { type StandInOptions, type StandIns, startStandIns } from "./stand-ins.ts";

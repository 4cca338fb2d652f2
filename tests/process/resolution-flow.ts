import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestDatabase } from "@gatehouse/testkit";
import { type ProcessEnd, runToEnd, type ServerProcess, startServer } from "@gatehouse/testkit/server-process";

/** The command line of the product that is opened to the public. */
export const ENTRY = join(import.meta.dirname, "../../apps/resolutionflow/api/src/main.ts");

type Env = Readonly<Record<string, string>>;

/** Starts `gatehouse serve`; it is not ready yet. */
export const serve = (env: Env, ...options: readonly string[]): Promise<ServerProcess> =>
  startServer({ entry: ENTRY, args: ["serve", ...options], env: { RATE_LIMIT_FACTOR: "0", ...env } });

/** Runs one command to its end. */
export const gatehouse = (env: Env, ...args: readonly string[]): Promise<ProcessEnd & { stdout: string; stderr: string }> =>
  runToEnd({ entry: ENTRY, args, env });

/** What points a process at a database that exists; the rest is the sandbox's. */
export const on = (database: Pick<TestDatabase, "serverUrl" | "ownerUrl">): Env => ({
  DATABASE_URL: database.serverUrl,
  DATABASE_OWNER_URL: database.ownerUrl,
});

/** A folder for a sandbox that nobody has used; as root, PostgreSQL's user may walk through. It goes with the test. */
export async function freshHome(): Promise<AsyncDisposable & { readonly home: string }> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-home-"));
  await chmod(folder, 0o711);
  return {
    home: join(folder, "home"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What the sandbox's mailbox has for an address, newest last. */
export async function subjectsTo(server: ServerProcess, address: string): Promise<string[]> {
  const { body } = await server.ask(`/sandbox/mail?to=${encodeURIComponent(address)}`);
  return Array.isArray(body) ? body.map((mail: { subject: string }) => mail.subject) : [];
}

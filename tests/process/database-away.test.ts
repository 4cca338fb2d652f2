import { type EmbeddedPostgres, ensureSandboxDatabase, type Mailbox, startMailbox, startPostgres } from "@gatehouse/sandbox";
import { registerPerson } from "@gatehouse/testkit";
import { type ServerProcess, until } from "@gatehouse/testkit/server-process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshHome, gatehouse, serve } from "./resolution-flow.ts";

// Whole processes start and stop; on a busy machine that takes its time.

/** A PostgreSQL of this file's own, for it is killed. */
let place: Awaited<ReturnType<typeof freshHome>>;
let postgres: EmbeddedPostgres;
let mailbox: Mailbox;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  place = await freshHome();
  postgres = await startDatabase();
  mailbox = await startMailbox({ home: place.home, port: 0 });
  const { serverUrl, ownerUrl } = await ensureSandboxDatabase(postgres);
  env = {
    SANDBOX: "off",
    // Both processes stand behind one address, and take each other's tokens.
    BASE_URL: "https://app.example.com",
    SELF_SERVE_ENABLED: "true",
    GATEHOUSE_SECRET: "the secret of tests, which is no secret",
    DATABASE_URL: serverUrl,
    DATABASE_OWNER_URL: ownerUrl,
    SMTP_URL: mailbox.smtpUrl,
    LOG_LEVEL: "fatal",
  };
  expect(await gatehouse(env, "migrate")).toMatchObject({ code: 0, stderr: "" });
});
afterAll(async () => {
  await mailbox.stop();
  await postgres.remove();
  await place[Symbol.asyncDispose]();
});

const startDatabase = (): Promise<EmbeddedPostgres> =>
  // Durable: what was committed must survive the kill.
  startPostgres({ home: place.home, uid: process.getuid?.() ?? 0, log: () => undefined });

test("servers whose database is killed answer 503, and live again by themselves when it is back", async () => {
  await using one = await serve(env);
  await using two = await serve(env);
  await Promise.all([one.ready(), two.ready()]);
  const ada = await registerPerson(one);

  process.kill(postgres.pid, "SIGKILL");
  await until(async () => (await one.ask("/readyz")).status === 503, "the server to notice");
  await saysThatTheDatabaseIsAway(one, ada.accessToken);

  postgres = await startDatabase();
  await Promise.all([one.ready(), two.ready()]);
  const grace = await registerPerson(one);
  await until(() => mailbox.summaries(grace.email).length === 1, "jobs to run again");
  // What one process changes the other is told: far sooner than what it remembers would expire by itself.
  const me = () => two.ask("/api/v1/me", as(grace.accessToken));
  expect((await me()).status).toBe(200);
  const logout = { method: "POST", headers: { "content-type": "application/json" } };
  await one.ask("/api/v1/auth/logout", { ...logout, body: JSON.stringify({ refresh_token: grace.refreshToken }) });
  await until(async () => (await me()).status === 401, "the other process to be told", 3);
  expect(await Promise.all([one.stop(), two.stop()])).toEqual([ended, ended]);
});

test("a server that is started before its database comes to life with it, and one that never sees it stops all the same", async () => {
  await postgres.stopNow();
  await using patient = await serve(env);
  await using stopped = await serve(env);
  await until(async () => (await isAlive(patient)) && (await isAlive(stopped)), "the servers to listen");
  await saysThatTheDatabaseIsAway(patient);
  expect(await stopped.stop()).toEqual(ended);

  postgres = await startDatabase();
  await patient.ready();
  const person = await registerPerson(patient);
  await until(() => mailbox.summaries(person.email).length === 1, "jobs to run");
  expect(await patient.stop()).toEqual(ended);
});

const ended = { code: 0, signal: null };
const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const isAlive = (server: ServerProcess): Promise<boolean> =>
  server.ask("/healthz").then(
    ({ status }) => status === 200,
    () => false,
  );

async function saysThatTheDatabaseIsAway(server: ServerProcess, accessToken?: string): Promise<void> {
  expect(await server.ask("/readyz")).toMatchObject({
    status: 503,
    body: { status: "not_ready", checks: { database: "cannot be reached" } },
  });
  expect(await server.ask("/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
  const body = JSON.stringify({ email: "lin@example.com", password: "lantern-orbit-mosaic-22", name: "Lin" });
  const register = { method: "POST", headers: { "content-type": "application/json" }, body };
  const answers = [await server.ask("/api/v1/auth/register", register)];
  if (accessToken) answers.push(await server.ask("/api/v1/billing/state", as(accessToken)));
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { code: "database_unavailable", status: 503 } });
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
}

import { auth } from "@gatehouse/contract";
import { openTestDatabase, registerPerson, type TestDatabase } from "@gatehouse/testkit";
import type { ServerProcess } from "@gatehouse/testkit/server-process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshHome, gatehouse, on, serve } from "./resolution-flow.ts";

// Whole processes start and stop; on a busy machine that takes its time.

/** What an operator types takes effect on a server that runs: without a restart, and at once. */
let database: TestDatabase;
let place: Awaited<ReturnType<typeof freshHome>>;
let server: ServerProcess;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  [database, place] = await Promise.all([openTestDatabase(), freshHome()]);
  env = { ...on(database), GATEHOUSE_HOME: place.home };
  server = await serve(env);
  await server.ready();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await database.drop();
  await place[Symbol.asyncDispose]();
});

test("an operator who closes the sign-up shuts out the next one, and `default` lets people in again", async () => {
  expect(await gatehouse(env, "settings", "set", "signup_mode", "closed")).toMatchObject({ code: 0, stderr: "" });
  await expect(registerPerson(server)).rejects.toMatchObject({ problem: { code: "signup_closed" } });
  expect(await gatehouse(env, "settings", "set", "signup_mode", "default")).toMatchObject({ code: 0, stderr: "" });
  expect((await registerPerson(server)).user.id).toMatch(/-/);
});

test("a key that is rotated in is published at once, and nobody is signed out", async () => {
  const person = await registerPerson(server);
  const run = await gatehouse(env, "keys", "rotate", "--json");
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const { body } = await server.ask("/.well-known/jwks.json");
  expect(JSON.stringify(body)).toContain(JSON.parse(run.stdout).kid);
  expect((await server.ask("/api/v1/me", { headers: { authorization: `Bearer ${person.accessToken}` } })).status).toBe(200);
  const { email, password } = person;
  expect(await server.client().call(auth.login, { body: { email, password, transport: "body" } })).toHaveProperty("access_token");
});

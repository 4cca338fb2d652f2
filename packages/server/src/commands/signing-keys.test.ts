import { openTestServer, registerPerson, signIn, type TestServer } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../platform/clock.ts";

let server: TestServer;
beforeAll(async () => {
  // A command has the system's clock; the server's stands where that was a moment ago.
  server = await openTestServer({ at: systemClock().now() });
});
afterAll(() => server.close());

const published = async (): Promise<string[]> => {
  const { body } = await server.request<{ keys: { kid: string }[] }>("GET", "/.well-known/jwks.json");
  return body.keys.map((key) => key.kid);
};
const signerOf = (person: { accessToken: string }): string => decodeProtectedHeader(person.accessToken).kid ?? "";

test("a new key is published at once and signs after a day; what the old one signed stays good", async () => {
  const before = await registerPerson(server);
  const run = await runCommand("keys rotate --json", environmentOf(server.database));
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const { kid } = JSON.parse(run.stdout);
  await expect.poll(published).toEqual(expect.arrayContaining([kid, signerOf(before)]));
  expect((await server.request("GET", "/me", { token: before.accessToken })).status).toBe(200);

  const sameDay = await signIn(server, before);
  expect(signerOf(sameDay)).toBe(signerOf(before));
  server.clock.advanceDays(1.5);
  const nextDay = await signIn(server, before);
  expect(signerOf(nextDay)).toBe(kid);
  expect(await published()).toContain(signerOf(before));
});

test("the private half of a key is printed nowhere", async () => {
  const run = await runCommand("keys rotate", environmentOf(server.database));
  expect(run.stdout).toMatch(/^The new key is [\w-]{43}\.\n$/);
  expect(JSON.stringify((await server.request("GET", "/.well-known/jwks.json")).body)).not.toContain('"d"');
});

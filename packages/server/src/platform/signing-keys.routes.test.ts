import { openTestServer, registerPerson, signIn, type TestServer, testClock } from "@gatehouse/testkit";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rotateSigningKeys } from "./signing-keys.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const jwks = async (from = server) => (await from.request<JSONWebKeySet>("GET", "/.well-known/jwks.json")).body;
const kids = async () => (await jwks()).keys.map((key) => key.kid);
const me = (token: string, at = server) => at.request("GET", "/me", { token });
const kidOf = (token: string) => decodeProtectedHeader(token).kid;

test("anybody can verify an access token with the published keys, and make none", async () => {
  const person = await registerPerson(server);
  const published = await jwks();
  const { payload } = await jwtVerify(person.accessToken, createLocalJWKSet(published), {
    currentDate: server.clock.now(),
    audience: "gatehouse",
  });
  expect(payload).toMatchObject({ sub: person.user.id, acc: person.account.id });
  for (const key of published.keys) {
    expect(key).toMatchObject({ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" });
    expect(key).not.toHaveProperty("d");
  }
});

test("a rotation is published a day before it signs, and old tokens stay good until they end, in every process", async () => {
  const other = await openTestServer({ beside: server, role: "api" });
  const before = await registerPerson(server);
  server.clock.advanceSeconds(1);
  const fresh = await rotateSigningKeys(server.app);
  expect(await kids()).toContain(fresh);
  expect(kidOf((await signIn(server, before)).accessToken)).toBe(kidOf(before.accessToken));

  server.clock.advanceDays(1);
  const old = await signIn(other, before);
  server.clock.advanceSeconds(1);
  await rotateSigningKeys(server.app);
  const after = await signIn(server, before);
  expect(kidOf(after.accessToken)).toBe(fresh);
  for (const at of [server, other]) {
    for (const token of [old.accessToken, after.accessToken]) expect((await me(token, at)).status).toBe(200);
  }
  await other.close();
});

test("keys take turns by themselves: the next is published on day 29, signs from day 30, and the last one goes when its tokens have ended", async () => {
  const first = await registerPerson(server);
  expect(await kids()).toHaveLength(1);
  server.clock.advanceDays(29);
  expect(kidOf((await signIn(server, first)).accessToken)).toBe(kidOf(first.accessToken));
  expect(await kids()).toHaveLength(2);
  server.clock.advanceDays(1);
  const second = await signIn(server, first);
  expect(kidOf(second.accessToken)).not.toBe(kidOf(first.accessToken));
  expect(await kids()).toHaveLength(2);
  server.clock.advanceSeconds(600 + 3600);
  expect(await kids()).toEqual([kidOf(second.accessToken)]);
});

test("five processes that start at once on a new database make one key, and take each other's tokens", async () => {
  await server.database.query("delete from signing_keys");
  const others = await Promise.all(Array.from({ length: 4 }, () => openTestServer({ beside: server, role: "api" })));
  await Promise.all(others.map((other) => jwks(other)));
  expect(await server.database.query("select 1 from signing_keys")).toHaveLength(1);
  const [one, two] = others;
  if (!one || !two) throw new Error("no servers");
  const person = await registerPerson(one);
  expect((await me(person.accessToken, two)).status).toBe(200);
  for (const other of others) await other.close();
});

test("the database alone does not hold a key that signs: it opens with the server's secret only", async () => {
  await registerPerson(server);
  const [row] = await server.database.query<{ text: string; sealed: Buffer }>(
    "select row_to_json(k)::text as text, private_jwk_sealed as sealed from signing_keys k",
  );
  if (!row) throw new Error("there is no signing key");
  expect(row.text).not.toContain('"d"');
  expect(row.sealed.toString("latin1")).not.toContain('"d"');
  const other = await openTestServer({ beside: server, role: "api", env: { GATEHOUSE_SECRET: "another secret, as long as it has to be" } });
  expect(() => other.app.secrets.open(row.sealed)).toThrow();
  expect(JSON.parse(server.app.secrets.open(row.sealed))).toHaveProperty("d");
  await other.close();
});

test("a sealed key that was tampered with is not opened", async () => {
  await registerPerson(server);
  const [row] = await server.database.query<{ sealed: Buffer }>("select private_jwk_sealed as sealed from signing_keys");
  const sealed = row?.sealed ?? Buffer.alloc(0);
  for (const at of [0, 12, 28, sealed.length - 1]) {
    const tampered = Buffer.from(sealed);
    tampered.writeUInt8(tampered.readUInt8(at) ^ 1, at);
    expect(() => server.app.secrets.open(tampered)).toThrow();
  }
});

test("a clock that is moved far ahead leaves nobody without a key", async () => {
  const person = await registerPerson(server);
  server.clock.set(testClock(new Date(Date.UTC(2028, 0, 1))).now());
  const back = await signIn(server, person);
  expect((await me(back.accessToken)).status).toBe(200);
  expect(await kids()).toHaveLength(1);
});

import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { openTestServer, type Person, registerPerson, TEST_BASE_URL, type TestServer } from "@gatehouse/testkit";
import { type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let signer: { kid: string; key: KeyObject; publicJwk: JWK };
beforeAll(async () => {
  server = await openTestServer();
  await registerPerson(server);
  signer = await stolenSigner();
});
afterAll(() => server.close());

/** The server's own key, as only whoever has both the database and the secret could have it. */
async function stolenSigner() {
  const [row] = await server.database.query<{ kid: string; public_jwk: JWK; private_jwk_sealed: Buffer }>(
    "select kid, public_jwk, private_jwk_sealed from signing_keys",
  );
  if (!row) throw new Error("there is no signing key");
  const jwk = JSON.parse(server.app.secrets.open(row.private_jwk_sealed));
  return { kid: row.kid, publicJwk: row.public_jwk, key: createPrivateKey({ key: jwk, format: "jwk" }) };
}
const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");
const decode = (part: string | undefined): Record<string, unknown> => JSON.parse(Buffer.from(part ?? "", "base64url").toString());
const claimsOf = (person: Person): Record<string, unknown> => decode(person.accessToken.split(".")[1]);
/** A token as the server makes it, but for what is given. */
const forge = (claims: Record<string, unknown>, header: Record<string, unknown> = {}, key: KeyObject = signer.key) =>
  new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: signer.kid, typ: "at+jwt", ...header }).sign(key);

const me = (token: string) => server.request("GET", "/me", { token });
const withHeader = (authorization: string) => server.request("GET", "/me", { headers: { authorization } });

function expectStranger(answer: Awaited<ReturnType<typeof me>>, code = "authentication_required") {
  expect(answer).toMatchObject({ status: 401, body: { status: 401, code } });
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(answer.text).not.toMatch(/jose|JW[ST]|signature|at check/);
}

test("the forger of these tests makes good tokens: what they refuse is refused for its own reason", async () => {
  const person = await registerPerson(server);
  expect((await me(await forge(claimsOf(person)))).status).toBe(200);
});

test("a token that says it needs no signature is worth nothing", async () => {
  const person = await registerPerson(server);
  const payload = person.accessToken.split(".")[1];
  for (const alg of ["none", "None", "NONE", ""]) {
    expectStranger(await me(`${encode({ alg, typ: "at+jwt", kid: signer.kid })}.${payload}.`));
    expectStranger(await me(`${encode({ alg, typ: "at+jwt", kid: signer.kid })}.${payload}.${person.accessToken.split(".")[2]}`));
  }
});

test("a token that is signed with the public key as if it were a shared secret is worth nothing", async () => {
  const person = await registerPerson(server);
  const body = `${encode({ alg: "HS256", typ: "at+jwt", kid: signer.kid })}.${person.accessToken.split(".")[1]}`;
  for (const secret of [
    JSON.stringify(signer.publicJwk),
    String(signer.publicJwk.x),
    Buffer.from(String(signer.publicJwk.x), "base64url"),
  ]) {
    expectStranger(await me(`${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`));
  }
});

test("a token that was altered, or signed by another key under our key's name, is worth nothing", async () => {
  const [person, victim] = [await registerPerson(server), await registerPerson(server)];
  const [header, , signature] = person.accessToken.split(".");
  expectStranger(await me(`${header}.${victim.accessToken.split(".")[1]}.${signature}`));
  expectStranger(await me(`${header}.${encode({ ...claimsOf(person), acc: victim.account.id })}.${signature}`));
  const { privateKey } = generateKeyPairSync("ed25519");
  expectStranger(await me(await forge(claimsOf(victim), {}, privateKey)));
  expectStranger(await me(await forge(claimsOf(victim), { kid: "a-key-of-my-own" }, privateKey)));
  expectStranger(await me(await forge(claimsOf(victim), { kid: "../../../dev/null" }, privateKey)));
  expectStranger(await me(await forge(claimsOf(victim), { kid: "' or 1=1 --" }, privateKey)));
  expectStranger(await me(person.accessToken.slice(0, -4)));
});

test("a token that brings its own key, or says where to fetch one, is worth nothing", async () => {
  const victim = await registerPerson(server);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = publicKey.export({ format: "jwk" });
  expectStranger(await me(await forge(claimsOf(victim), { jwk, kid: undefined }, privateKey)));
  expectStranger(await me(await forge(claimsOf(victim), { jwk, jku: "http://127.0.0.1:1/jwks.json" }, privateKey)));
});

test("a token is good until the second in which it ends, and then told apart from a false one", async () => {
  const person = await registerPerson(server);
  server.clock.advanceSeconds(599);
  expect((await me(person.accessToken)).status).toBe(200);
  server.clock.advanceSeconds(1);
  expectStranger(await me(person.accessToken), "access_token_expired");
  const late = { ...claimsOf(person), exp: Math.floor(server.clock.now().getTime() / 1000) - 1 };
  expectStranger(await me(await forge(late)), "access_token_expired");
});

test.each<[string, Record<string, unknown>]>([
  ["for another audience", { aud: "somebody-else" }],
  ["of another issuer", { iss: "https://evil.example" }],
  ["without an end", { exp: undefined }],
  ["without a session", { sid: undefined }],
  ["without an account", { acc: undefined }],
  ["without a person", { sub: undefined }],
  ["from the future", { nbf: 4_000_000_000 }],
])("a well-signed token %s is worth nothing", async (_, change) => {
  const person = await registerPerson(server);
  expectStranger(await me(await forge({ ...claimsOf(person), ...change })));
});

test("a well-signed JWT of another kind is no access token", async () => {
  const person = await registerPerson(server);
  expectStranger(await me(await forge(claimsOf(person), { typ: "JWT" })));
  expectStranger(await me(await forge(claimsOf(person), { typ: undefined })));
});

test("a token names a person, a session and an account; whether they belong together is asked each time", async () => {
  const [person, victim] = [await registerPerson(server), await registerPerson(server)];
  for (const change of [
    { acc: victim.account.id },
    { sub: victim.user.id },
    { sid: claimsOf(victim)["sid"] },
    { sid: "018f0000-0000-7000-8000-000000000000" },
  ]) {
    expectStranger(await me(await forge({ ...claimsOf(person), ...change })), "session_ended");
  }
});

test("ids in a token that are no ids open nothing, even under our own signature", async () => {
  const person = await registerPerson(server);
  for (const change of [{ acc: "x" }, { sid: "x" }, { sub: "' or 1=1 --" }, { acc: 7 }, { sid: { $ne: null } }, { acc: null }]) {
    expectStranger(await me(await forge({ ...claimsOf(person), ...change })));
  }
});

test("a refresh token is no access token", async () => {
  const person = await registerPerson(server);
  expectStranger(await me(person.refreshToken));
});

test.each<[string, (token: string) => string]>([
  ["nothing", () => ""],
  ["a scheme alone", () => "Bearer"],
  ["a scheme and a space", () => "Bearer "],
  ["two spaces", (token) => `Bearer  ${token}`],
  ["a tab", (token) => `Bearer\t${token}`],
  ["a token after the token", (token) => `Bearer ${token} ${token}`],
  ["two schemes in one line", (token) => `Bearer ${token}, Bearer ${token}`],
  ["the token without a scheme", (token) => token],
  ["another scheme", (token) => `Basic ${token}`],
  ["quotes", (token) => `Bearer "${token}"`],
  ["letters beyond ASCII", () => "Bearer ümläut.ümläut.ümläut"],
  ["64 KB of dots", () => `Bearer ${".".repeat(65_536)}`],
  ["64 KB of a token's letters", () => `Bearer ${"a".repeat(65_536)}`],
  ["a token with 64 KB after it", (token) => `Bearer ${token}${"a".repeat(65_536)}`],
  ["a token of five parts", (token) => `Bearer ${token}.${token}`],
  ["JSON that is none", () => `Bearer ${Buffer.from("{").toString("base64url")}.e30.e30`],
])("an Authorization header of %s is nobody's", async (_, header) => {
  const person = await registerPerson(server);
  expectStranger(await withHeader(header(person.accessToken)));
});

test("the scheme's name may be written in any case", async () => {
  const person = await registerPerson(server);
  for (const scheme of ["bearer", "BEARER"]) expect((await withHeader(`${scheme} ${person.accessToken}`)).status).toBe(200);
});

test("an access token in the address or in a cookie is not looked at: both end up in logs and on other sites", async () => {
  const person = await registerPerson(server);
  expectStranger(await server.request("GET", `/me?access_token=${person.accessToken}`));
  expectStranger(await server.request("GET", "/me", { cookies: { access_token: person.accessToken } }));
});

test("a token is issued for our own address and says nothing of the person but ids", async () => {
  const person = await registerPerson(server);
  expect(Object.keys(claimsOf(person)).sort()).toEqual(["acc", "aud", "exp", "iat", "iss", "sid", "sub"]);
  expect(claimsOf(person)["iss"]).toBe(TEST_BASE_URL);
});

import { createServer } from "node:http";
import Fastify from "fastify";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consentAt } from "./consent-driver.ts";
import { type IdentityProviders, openIdentityProviders } from "./identity-providers.ts";

const BASE = "http://gatehouse.localhost:4000";
const lines: string[] = [];
let providers: IdentityProviders;
const http = Fastify();
beforeAll(async () => {
  // The port is part of the issuer: it is taken before anything is hung on it.
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const port = Object(server.address())["port"];
  await new Promise((done) => server.close(done));
  const parts = { google: true, microsoft: true };
  const origin = `http://127.0.0.1:${port}`;
  providers = await openIdentityProviders({ parts, secret: "of tests", origin, baseUrl: BASE, log: (line) => lines.push(line) });
  await providers.hang(http);
  await http.listen({ host: "127.0.0.1", port });
});
afterAll(() => http.close());

type Name = "google" | "microsoft";
const variable = (name: Name, what: string): string => providers.variables[`${name.toUpperCase()}_${what}`] ?? "";

async function configuration(name: Name): Promise<client.Configuration> {
  const found = await client.discovery(
    new URL(`${variable(name, "ISSUER")}/.well-known/openid-configuration`),
    variable(name, "CLIENT_ID"),
    undefined,
    client.ClientSecretBasic(variable(name, "CLIENT_SECRET")),
    { execute: [client.allowInsecureRequests] },
  );
  return found;
}
async function ask(name: Name, answer: Record<string, string>, browser?: Map<string, string>) {
  const config = await configuration(name);
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${BASE}/auth/${name}/callback`,
    scope: "openid email profile",
    prompt: "select_account",
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const back = await consentAt(url.href, answer, browser);
  const exchange = (pkceCodeVerifier = verifier) =>
    client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedNonce: nonce, expectedState: state });
  return { back, verifier, exchange };
}
const claimsOf = async (answer: Record<string, string>) => (await (await ask("google", answer)).exchange()).claims();

describe("Google", () => {
  test("says who was chosen, in an id_token that the production client takes", async () => {
    expect(await claimsOf({ identity: "ada" })).toMatchObject({
      iss: variable("google", "ISSUER"),
      sub: expect.stringMatching(/^\d{21}$/),
      email: "ada@example.com",
      email_verified: true,
      hd: "example.com",
      name: "Ada Lovelace",
    });
  });
  test("knows a person again after a change of address, and tells a look-alike apart", async () => {
    const [ada, changed, other] = [
      await claimsOf({ identity: "ada" }),
      await claimsOf({ identity: "ada-changed" }),
      await claimsOf({ identity: "lookalike" }),
    ];
    expect(changed?.sub).toBe(ada?.sub);
    expect(other?.sub).not.toBe(ada?.sub);
    expect(other?.["email"]).toBe(ada?.["email"]);
  });
  test("takes whoever is typed, each at once their own", async () => {
    const people = Array.from({ length: 8 }, (_, index) => `person-${index}@example.org`);
    const claims = await Promise.all(people.map((email) => claimsOf({ email, kind: "unverified", name: "Some Body" })));
    expect(claims.map((one) => one?.["email"])).toEqual(people);
    expect(claims.every((one) => one?.["email_verified"] === false && one["hd"] === undefined)).toBe(true);
    expect(await claimsOf({ email: "", name: "Nobody" })).not.toHaveProperty("email");
  });
  test("remembers nobody: in one browser one is Ada, then somebody else, then both at once in two tabs", async () => {
    const browser = new Map<string, string>();
    const emailOf = async (answer: Record<string, string>) => (await (await ask("google", answer, browser)).exchange()).claims()?.["email"];
    expect(await emailOf({ identity: "ada" })).toBe("ada@example.com");
    expect(await emailOf({ identity: "ada-changed" })).toBe("ada.lovelace@example.com");
    const tabs = await Promise.all([emailOf({ identity: "ada" }), emailOf({ email: "tab@example.org", kind: "unverified" })]);
    expect(tabs).toEqual(["ada@example.com", "tab@example.org"]);
  });
  test("says no where the person does", async () => {
    expect((await ask("google", { deny: "1" })).back.searchParams.get("error")).toBe("access_denied");
  });
  test("gives a code once, and to who began alone", async () => {
    const stolen = await ask("google", { identity: "ada" });
    await expect(stolen.exchange("a".repeat(43))).rejects.toMatchObject({ error: "invalid_grant" });
    const used = await ask("google", { identity: "ada" });
    await used.exchange();
    await expect(used.exchange()).rejects.toMatchObject({ error: "invalid_grant" });
  });
  test("sends nobody to a place that is not registered", async () => {
    const url = `${variable("google", "ISSUER")}/auth?client_id=sandbox-google&response_type=code&scope=openid&redirect_uri=https://evil.example/`;
    await expect(consentAt(url, { identity: "ada" })).rejects.toThrow(/400/);
  });
  test("shows its page again for what it does not know", async () => {
    await expect(ask("google", { identity: "nobody" })).rejects.toThrow(/422.*nobody/s);
    await expect(ask("google", { email: "a\u0000b", kind: "hosted" })).rejects.toThrow(/422/);
    const gone = await fetch(`${variable("google", "ISSUER")}/consent/unknown`);
    expect(gone.status).toBe(410);
  });
});

describe("Microsoft", () => {
  test("names a template as issuer, and each tenant's own in its tokens", async () => {
    const config = await configuration("microsoft");
    const template = variable("microsoft", "ISSUER").replace("/common/", "/{tenantid}/");
    expect(config.serverMetadata().issuer).toBe(template);
    const tokens = await Promise.all(["grace-contoso", "grace-fabrikam"].map((identity) => tokenOf(identity)));
    const [contoso, fabrikam] = tokens;
    expect(contoso).toMatchObject({
      iss: template.replace("{tenantid}", String(contoso?.["tid"])),
      xms_edov: true,
      email: "grace@example.com",
    });
    expect(fabrikam).not.toHaveProperty("xms_edov");
    expect(fabrikam?.["tid"]).not.toBe(contoso?.["tid"]);
    expect(fabrikam?.["sub"]).not.toBe(contoso?.["sub"]);
    expect(await tokenOf("personal")).toMatchObject({ tid: "9188040d-6c67-4c5b-b112-36a304b66dad" });
  });

  /** Asked for by hand: the library would hold the token to the one issuer of the document. */
  async function tokenOf(identity: string): Promise<Record<string, unknown>> {
    const { back, verifier } = await ask("microsoft", { identity });
    const fields = { grant_type: "authorization_code", code: back.searchParams.get("code") ?? "", code_verifier: verifier };
    const response = await fetch(`${variable("microsoft", "ISSUER")}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${variable("microsoft", "CLIENT_ID")}:${variable("microsoft", "CLIENT_SECRET")}`)}` },
      body: new URLSearchParams({ ...fields, redirect_uri: `${BASE}/auth/microsoft/callback` }),
    });
    return decodeJwt(String(Object(await response.json())["id_token"]));
  }
});

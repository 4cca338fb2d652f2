import type { Defect } from "@gatehouse/testkit/hostile-provider";
import {
  CONTOSO,
  FABRIKAM,
  googlePerson,
  microsoftPerson,
  newBrowser,
  type OauthServer,
  openOauthServer,
} from "@gatehouse/testkit/oauth-server";
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { contentsOf } from "../laws/every-table.ts";

let server: OauthServer;
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.google.keys = [server.google.key.publicJwk];
});
let people = 0;
const somebody = () => {
  people += 1;
  return googlePerson(`sub-${people}`, `person-${people}@example.com`);
};
const seconds = () => Math.floor(server.clock.wall().getTime() / 1000);
const rows = async () => {
  const { users, sessions, oauth_identities } = await contentsOf(server.database);
  return { users, sessions, oauth_identities };
};
/** Refused with one answer for the person and one word for the log; no row; and an honest sign-in works directly afterwards. */
async function refuses(
  defect: Defect,
  cause: RegExp,
  claims: Record<string, unknown> = somebody(),
  provider: "google" | "microsoft" = "google",
) {
  const before = await rows();
  const lines = server.logLines().length;
  const answer = await server.comes(provider, claims, { defect });
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 401, code: "oauth_failed" });
  expect(server.logLines().slice(lines).join("\n")).toMatch(cause);
  expect(await rows()).toEqual(before);
  expect((await server.comes("google", somebody())).status).toBe(200);
}
const takes = async (defect: Defect, claims: Record<string, unknown> = somebody()) => {
  const answer = await server.comes("google", claims, { defect });
  expect(answer.status, answer.text).toBe(200);
};

describe("OpenID certification's rows", () => {
  test("oidcc-client-test, -idtoken-sig-rs256, -client-secret-basic, -discovery-openid-config, -discovery-jwks-uri-keys", async () => {
    const fresh = await openOauthServer();
    expect((await fresh.comes("google", somebody())).status).toBe(200);
    expect(fresh.google.asked).toEqual(["GET /.well-known/openid-configuration", "POST /token", "GET /keys"]);
    await fresh.close();
  });
  test.each<[string, Defect, RegExp]>([
    ["-invalid-iss", { claims: { iss: "https://evil.example" } }, /id_token_issuer/],
    ["-missing-sub", { claims: { sub: undefined } }, /id_token_subject/],
    ["an empty sub", { claims: { sub: "" } }, /id_token_subject/],
    ["-invalid-aud", { claims: { aud: "somebody-else" } }, /id_token_audience/],
    ["-missing-aud", { claims: { aud: undefined } }, /id_token_audience/],
    ["-missing-iat", { claims: { iat: undefined } }, /id_token_issued_at/],
    ["-nonce-invalid", { claims: { nonce: "of another flow" } }, /id_token_nonce/],
    ["without nonce", { claims: { nonce: undefined } }, /id_token_nonce/],
    ["-invalid-athash", { claims: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" } }, /id_token_access_token_hash/],
  ])("%s: refused", (_, defect, cause) => refuses(defect, cause));

  test("-idtoken-sig-none (OI-8): an unsigned token is refused", () =>
    refuses({ token: (claims) => new UnsecuredJWT(claims).encode() }, /id_token_(algorithm|key|malformed)/));
  test("-invalid-sig-rs256: a token whose signature was changed is refused", () =>
    refuses(
      {
        token: async (claims) => {
          const [header, payload, signature = ""] = (await server.google.key.sign(claims)).split(".");
          return `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
        },
      },
      /id_token_signature/,
    ));
  test("-invalid-sig: a token signed by somebody else's key under the known key id is refused", async () => {
    const thief = await server.google.newKey(server.google.key.kid);
    await refuses({ token: (claims) => thief.sign(claims) }, /id_token_signature/);
  });
  test("-kid-absent-single-jwks: no key id and one key is accepted", () => takes({ header: { kid: undefined } }));
  test("-kid-absent-multiple-jwks: no key id and several keys is refused", async () => {
    const fresh = await openOauthServer();
    fresh.google.keys = [fresh.google.key.publicJwk, (await fresh.google.newKey("second")).publicJwk];
    const answer = await fresh.comes("google", somebody(), { defect: { header: { kid: undefined } } });
    expect(answer.body.code).toBe("oauth_failed");
    await fresh.close();
  });
  test("-signing-key-rotation, -rotation-just-before-signing: a new key is fetched, and taken at once", async () => {
    const fresh = await openOauthServer();
    expect((await fresh.comes("google", somebody())).status).toBe(200);
    for (const kid of ["second", "third"]) {
      fresh.google.key = await fresh.google.newKey(kid);
      fresh.google.keys = [fresh.google.key.publicJwk];
      expect((await fresh.comes("google", somebody())).status, kid).toBe(200);
    }
    await fresh.close();
  });
  test("-userinfo-invalid-sub, OI-16: userinfo is never asked, so nothing of it can be combined with the token", async () => {
    server.google.asked.length = 0;
    await takes({});
    expect(server.google.asked.every((asked) => asked === "POST /token" || asked === "GET /keys")).toBe(true);
  });
});

describe("beyond certification", () => {
  test("OI-8: HS256 with the client secret, and with the public key, is refused", async () => {
    const hmac = (key: Uint8Array) => (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: server.google.key.kid }).sign(key);
    await refuses({ token: hmac(Buffer.from(server.google.clientSecret.padEnd(32))) }, /id_token_(algorithm|key)/);
    const publicKey = await importJWK(server.google.key.publicJwk, "RS256");
    if (publicKey instanceof Uint8Array) throw new Error("an RSA key is no bytes");
    await refuses({ token: hmac(Buffer.from(await exportSPKI(publicKey))) }, /id_token_(algorithm|key)/);
  });
  test("OI-8: a key inside the token, or an address of keys, is not used and not fetched", async () => {
    const thief = await server.google.newKey("thief");
    await refuses({ token: (claims) => thief.sign(claims, { jwk: thief.publicJwk }) }, /id_token_key/);
    await refuses(
      { token: (claims) => thief.sign(claims, { jku: `${server.google.issuer}/thief`, kid: server.google.key.kid }) },
      /id_token_signature/,
    );
    expect(server.google.asked.join()).not.toContain("thief");
  });
  test("OI-9: twenty unknown key ids are refused without twenty requests for keys, and then a real rotation heals", async () => {
    const fresh = await openOauthServer();
    expect((await fresh.comes("google", somebody())).status).toBe(200);
    fresh.google.asked.length = 0;
    for (let time = 0; time < 20; time += 1) {
      const stranger = await fresh.google.newKey(`unknown-${time}`);
      const answer = await fresh.comes("google", somebody(), { defect: { token: (claims) => stranger.sign(claims) } });
      expect(answer.body.code).toBe("oauth_failed");
    }
    expect(fresh.google.asked.filter((asked) => asked === "GET /keys").length).toBeLessThan(6);
    await fresh.close();
  });
  test.each<[string, () => Defect, RegExp]>([
    ["past exp", () => ({ claims: { exp: seconds() - 60 } }), /id_token_expired/],
    ["no exp", () => ({ claims: { exp: undefined } }), /id_token_expiry/],
    ["future iat", () => ({ claims: { iat: seconds() + 600 } }), /id_token_issued_at/],
    ["future nbf", () => ({ claims: { nbf: seconds() + 600 } }), /id_token_not_before/],
  ])("OI-10: %s: refused", (_, defect, cause) => refuses(defect(), cause));
  test("OI-10: a provider's clock that is 5 s ahead is no reason", () =>
    takes({ claims: { iat: seconds() + 5, nbf: seconds() + 5, exp: seconds() + 3600 } }));
  test("OI-11: a token for several clients that was issued to another one is refused", async () => {
    const aud = [server.google.clientId, "another"];
    await refuses({ claims: { aud, azp: "another" } }, /id_token_authorized_party/);
    await refuses({ claims: { aud } }, /id_token_authorized_party/);
    await refuses({ claims: { azp: "another" } }, /id_token_authorized_party/);
    await takes({ claims: { aud, azp: server.google.clientId } });
  });
  test("OI-15: a token of an issuer that the attacker runs is refused: keys come from the configuration", async () => {
    const attacker = await server.microsoft.newKey("attacker");
    server.microsoft.asked.length = 0;
    await refuses({ token: (claims) => attacker.sign({ ...claims, iss: server.microsoft.issuer }) }, /id_token_(key|issuer)/);
    expect(server.microsoft.asked).toEqual([]);
  });
  test("OI-17: with hosted domains configured, a token of another or of none is refused", async () => {
    const fresh = await openOauthServer({ env: { GOOGLE_HOSTED_DOMAINS: "example.com" } });
    expect((await fresh.comes("google", somebody(), { defect: { claims: { hd: "evil.example" } } })).body.code).toBe("oauth_failed");
    expect((await fresh.comes("google", somebody(), { defect: { claims: { hd: undefined } } })).body.code).toBe("oauth_failed");
    expect(fresh.logLines().join()).toContain("hosted_domain");
    expect((await fresh.comes("google", somebody())).status).toBe(200);
    await fresh.close();
  });
  test("garbage for a token is refused", () => refuses({ token: () => "a.b.c" }, /id_token_malformed/));
});

describe("Microsoft's own", () => {
  const ms = (tid: string, sub: string, email: string | undefined, more = {}) => microsoftPerson(server.microsoft, tid, sub, email, more);

  test("MS-1: a token of a tenant whose issuer is not the template with its tid is refused", async () => {
    await refuses({ claims: { tid: FABRIKAM } }, /id_token_issuer/, ms(CONTOSO, "a", "a@example.com"), "microsoft");
    await refuses({ claims: { tid: undefined } }, /id_token_issuer/, ms(CONTOSO, "a", "a@example.com"), "microsoft");
    await refuses({ claims: { tid: "common" } }, /id_token_issuer/, ms("common", "a", "a@example.com"), "microsoft");
    await refuses({ claims: { tid: "../evil" } }, /id_token_issuer/, ms("../evil", "a", "a@example.com"), "microsoft");
  });
  test("MS-1: a discovery document that names another host's template is refused", async () => {
    const fresh = await openOauthServer();
    fresh.microsoft.metadata = { issuer: "https://evil.example/{tenantid}/v2.0" };
    const answer = await fresh.request<{ code: string }>("GET", "/auth/microsoft/start", { cookies: newBrowser().cookies });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 502, code: "oauth_provider_failed" });
    await fresh.close();
  });
  test("-discovery-issuer-mismatch: nor is Google's that names another issuer", async () => {
    const fresh = await openOauthServer();
    fresh.google.metadata = { issuer: "https://evil.example" };
    expect((await fresh.request("GET", "/auth/google/start")).body["code"]).toBe("oauth_provider_failed");
    await fresh.close();
  });
  test("MS-2: the same sub in two tenants is two people", async () => {
    const one = await server.comes("microsoft", ms(CONTOSO, "same", "two-a@example.com"));
    const other = await server.comes("microsoft", ms(FABRIKAM, "same", "two-b@example.com"));
    expect(one.body.user?.id).not.toBe(other.body.user?.id);
    expect([one.body["outcome"], other.body["outcome"]]).toEqual(["signed_up", "signed_up"]);
    const again = await server.comes("microsoft", ms(CONTOSO, "same", "two-a@example.com"));
    expect(again.body).toMatchObject({ outcome: "signed_in", user: { id: one.body.user?.id } });
  });
  test.each([undefined, false, "0", "false", 0, null])("MS-3: with xms_edov %j the address is not verified", async (xms_edov) => {
    const answer = await server.comes(
      "microsoft",
      ms(CONTOSO, `edov-${String(xms_edov)}`, `edov-${String(xms_edov)}@example.com`, { xms_edov }),
    );
    expect(answer.body.user).toMatchObject({ email_verified_at: null });
  });
  test.each([true, 1, "1", "true"])("MS-4: with xms_edov %j it is", async (xms_edov) => {
    const key = `${typeof xms_edov}-${String(xms_edov)}`;
    const answer = await server.comes("microsoft", ms(CONTOSO, key, `owned-${key}@example.com`, { xms_edov }));
    expect(answer.body.user).toMatchObject({ email_verified_at: expect.any(String) });
  });
  test("MS-5: preferred_username, upn and unique_name are no address", async () => {
    const victim = "victim@example.com";
    const names = { preferred_username: victim, upn: victim, unique_name: victim, xms_edov: true };
    expect((await server.comes("microsoft", ms(CONTOSO, "five", undefined, names))).body.code).toBe("email_required");
    expect((await server.comes("microsoft", ms(CONTOSO, "five", "five@example.com", names))).body.user?.email).toBe("five@example.com");
  });
  test("MS-6: email_verified in a Microsoft token is ignored", async () => {
    const answer = await server.comes("microsoft", ms(CONTOSO, "six", "six@example.com", { email_verified: true }));
    expect(answer.body.user).toMatchObject({ email_verified_at: null });
  });
  test("MS-7: a personal account's address counts as verified", async () => {
    const answer = await server.comes("microsoft", ms("9188040d-6c67-4c5b-b112-36a304b66dad", "seven", "seven@example.com"));
    expect(answer.body.user).toMatchObject({ email_verified_at: expect.any(String) });
  });
  test("MS-8: a key that belongs to another tenant signs nothing here", async () => {
    const fresh = await openOauthServer();
    const person = microsoftPerson(fresh.microsoft, CONTOSO, "eight", "eight@example.com");
    const own = fresh.microsoft.key.publicJwk;
    const issuerOf = (tid: string) => fresh.microsoft.issuer.replace("/common/", `/${tid}/`);
    fresh.microsoft.keys = [Object.assign({}, own, { issuer: issuerOf(FABRIKAM) })];
    expect((await fresh.comes("microsoft", person)).body.code).toBe("oauth_failed");
    await fresh.close();
    const other = await openOauthServer();
    const template = other.microsoft.issuer.replace("/common/", "/{tenantid}/");
    other.microsoft.keys = [Object.assign({}, other.microsoft.key.publicJwk, { issuer: template })];
    expect((await other.comes("microsoft", microsoftPerson(other.microsoft, CONTOSO, "eight", "eight@example.com"))).status).toBe(200);
    await other.close();
  });
});

describe("Google's own", () => {
  test("GO-1: a changed address is the same user", async () => {
    const first = await server.comes("google", googlePerson("go-1", "before@example.com"));
    const second = await server.comes("google", googlePerson("go-1", "after@example.com"));
    expect(second.body).toMatchObject({ outcome: "signed_in", user: { id: first.body.user?.id, email: "before@example.com" } });
  });
  test("GO-2: the same proven address with another subject is not the old user, and is told a way out", async () => {
    const old = await server.comes("google", googlePerson("go-2", "recycled@example.com"));
    const before = await rows();
    const buyer = await server.comes("google", googlePerson("go-2-buyer", "recycled@example.com"));
    expect(buyer).toMatchObject({ status: 409, body: { code: "identity_conflict", detail: expect.stringContaining("support") } });
    expect(await rows()).toEqual(before);
    expect((await server.comes("google", googlePerson("go-2", "recycled@example.com"))).body.user?.id).toBe(old.body.user?.id);
  });
  test.each([false, "false", "true", undefined, 1])("GO-3: with email_verified %j the address is not verified", async (email_verified) => {
    const key = `${typeof email_verified}-${String(email_verified)}`;
    const answer = await server.comes("google", googlePerson(key, `go-3-${key}@example.com`, { email_verified }));
    expect(answer.body.user).toMatchObject({ email_verified_at: null });
  });
  test("an address that Google does not host was verified once and is not proven today; one of gmail.com is", async () => {
    const elsewhere = await server.comes("google", googlePerson("elsewhere", "elsewhere@example.net", { hd: undefined }));
    expect(elsewhere.body.user).toMatchObject({ email_verified_at: null });
    const gmail = await server.comes("google", googlePerson("gmail", "somebody@gmail.com", { hd: undefined }));
    expect(gmail.body.user).toMatchObject({ email_verified_at: expect.any(String) });
  });
  test.each([undefined, "", null, 7, ["a@example.com"], "not an address", "a@b@c", "victim@example.com\r\nBcc: all@example.com"])(
    "GO-4: the email %j is none, and nobody is signed up without one",
    async (email) => {
      const before = await rows();
      const answer = await server.comes("google", { ...googlePerson(`go-4-${JSON.stringify(email)}`, "x@example.com"), email });
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 422, code: "email_required" });
      expect(await rows()).toEqual(before);
    },
  );
  test("PH-12: roles, flags and ids in the profile are not read", async () => {
    const more = { role: "owner", is_operator: true, groups: ["admins"], account_id: "1", name: "<b>Mallory</b>\r\nBcc: x" };
    const answer = await server.comes("google", googlePerson("ph-12", "ph-12@example.com", more));
    expect(answer.body).toMatchObject({ user: { name: "<b>Mallory</b> Bcc: x" }, account: { role: "owner" } });
    expect(await server.database.query("select is_operator from users where id = $1", [answer.body.user?.id])).toEqual([
      { is_operator: false },
    ]);
  });
});

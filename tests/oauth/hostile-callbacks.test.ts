import { setImmediate } from "node:timers/promises";
import { CONTOSO, googlePerson, microsoftPerson, newBrowser, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { contentsOf } from "../laws/every-table.ts";

let server: OauthServer;
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());
let people = 0;
const somebody = () => {
  people += 1;
  return googlePerson(`sub-${people}`, `person-${people}@example.com`);
};
const honest = async () => expect((await server.comes("google", somebody())).body).toMatchObject({ outcome: "signed_up" });
/** What a refused sign-in must not leave behind. */
const rows = async () => {
  const { users, accounts, sessions, oauth_identities, pending_sign_ins } = await contentsOf(server.database);
  return { users, accounts, sessions, oauth_identities, pending_sign_ins };
};
/** Requests that carried a code to a provider. */
const codesSent = () => [...server.google.asked, ...server.microsoft.asked].filter((asked) => asked.startsWith("POST ")).length;
let before: Awaited<ReturnType<typeof rows>>;
const remember = async () => {
  before = await rows();
  server.google.asked.length = 0;
  server.microsoft.asked.length = 0;
};
// Each refusal leaves nothing, and an honest sign-in directly after it still works.
afterEach(async () => {
  if (before) expect(await rows()).toEqual(before);
  await honest();
});
const refused = (answer: { status: number; body: { code?: string } }, status: number, code: string) =>
  expect({ status: answer.status, code: answer.body.code }, JSON.stringify(answer.body)).toEqual({ status, code });

describe("the authorization request", () => {
  test("OI-1: asks for a code with S256, and state and nonce of 256 bits that are new each time", async () => {
    await remember();
    const browser = newBrowser();
    const urls = [await server.begin("google", browser), await server.begin("google", browser), await server.begin("microsoft", browser)];
    for (const url of urls) {
      const asked = new URL(url).searchParams;
      expect(asked.get("response_type")).toBe("code");
      expect(asked.get("code_challenge_method")).toBe("S256");
      expect(asked.get("code_challenge")).toMatch(/^[\w-]{43}$/);
      expect(asked.get("nonce")).toMatch(/^[\w-]{43}$/);
      expect(asked.get("scope")).toBe("openid email profile");
    }
    for (const name of ["state", "nonce", "code_challenge"])
      expect(new Set(urls.map((url) => new URL(url).searchParams.get(name))).size).toBe(3);
    // Beginning writes nothing: the state is sealed and carries all (law 2).
    expect(await rows()).toEqual(before);
  });
});

describe("the callback", () => {
  test("OI-2: a code of one flow is worth nothing in another", async () => {
    await remember();
    const [mine, theirs] = [newBrowser(), newBrowser()];
    const stolen = server.google.consent(await server.begin("google", theirs), somebody());
    const own = server.google.consent(await server.begin("google", mine), somebody());
    refused(await server.finish("google", mine, { code: stolen.code, state: own.state }), 401, "oauth_failed");
    expect(codesSent()).toBe(1);
  });

  test.each([
    ["unknown", { state: "A".repeat(300) }, 403, "oauth_state_invalid"],
    ["missing", { state: undefined }, 403, "oauth_state_invalid"],
    ["empty", { state: "" }, 422, "invalid_request"],
    ["a list", { state: ["a"] }, 422, "invalid_request"],
  ])("OI-3: a state that is %s is refused before the code goes anywhere", async (_, over, status, code) => {
    await remember();
    const browser = newBrowser();
    const { code: given, state } = server.google.consent(await server.begin("google", browser), somebody());
    refused(await server.finish("google", browser, { ...{ code: given, state }, ...over }), status, code);
    expect(codesSent()).toBe(0);
  });

  test("OI-3: a state that was changed in one letter, or has grown a tail, is none", async () => {
    await remember();
    const browser = newBrowser();
    const { code, state } = server.google.consent(await server.begin("google", browser), somebody());
    const changed = `${state.slice(0, 40)}${state[40] === "A" ? "B" : "A"}${state.slice(41)}`;
    refused(await server.finish("google", browser, { code, state: changed }), 403, "oauth_state_invalid");
    expect(codesSent()).toBe(0);
  });

  test("OI-4: a sign-in begun in an attacker's browser is not finished in the victim's (login CSRF)", async () => {
    await remember();
    const attackers = newBrowser();
    const answer = server.google.consent(await server.begin("google", attackers), somebody());
    refused(await server.finish("google", newBrowser(), answer), 403, "oauth_state_invalid");
    const victims = newBrowser();
    await server.begin("google", victims);
    refused(await server.finish("google", victims, answer), 403, "oauth_state_invalid");
    expect(codesSent()).toBe(0);
  });

  test("OI-5: one state eight times at once, and once more, makes one session", async () => {
    const browser = newBrowser();
    const answer = server.google.consent(await server.begin("google", browser), somebody());
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.finish("google", browser, answer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 403)]);
    await remember();
    refused(await server.finish("google", browser, answer), 403, "oauth_state_invalid");
    // The same box in another spelling is the same box.
    refused(await server.finish("google", browser, { ...answer, state: `${answer.state}=` }), 403, "oauth_state_invalid");
    expect(codesSent()).toBe(0);
  });

  test("OI-6: a flow of Google posted to Microsoft's callback is refused, and the code sent nowhere (mix-up)", async () => {
    await remember();
    const browser = newBrowser();
    const answer = server.google.consent(await server.begin("google", browser), somebody());
    refused(await server.finish("microsoft", browser, answer), 403, "oauth_state_invalid");
    expect(codesSent()).toBe(0);
  });

  test("OI-6: an answer that names another issuer is refused, and the code sent nowhere (RFC 9207)", async () => {
    await remember();
    const browser = newBrowser();
    const answer = server.google.consent(await server.begin("google", browser), somebody());
    refused(await server.finish("google", browser, { ...answer, iss: "https://evil.example" }), 401, "oauth_failed");
    expect(codesSent()).toBe(0);
  });

  test.each([
    ["access_denied", 403, "oauth_denied"],
    ["server_error", 401, "oauth_failed"],
    ["<script>alert(1)</script>", 401, "oauth_failed"],
  ])("OI-7: the error %s is told in our own words, and nobody is asked for a token", async (error, status, code) => {
    await remember();
    const browser = newBrowser();
    const { state } = server.google.consent(await server.begin("google", browser), somebody());
    const answer = await server.finish("google", browser, { state, error, error_description: "<b>call 555 now</b>" });
    refused(answer, status, code);
    expect(answer.text).not.toMatch(/script|555/);
    expect(codesSent()).toBe(0);
  });

  test.each([
    ["without a code", { code: undefined }, 422],
    ["with an object for it", { code: { a: 1 } }, 422],
    ["with a list", { code: ["a"] }, 422],
    ["with a megabyte", { code: "a".repeat(1024 * 1024) }, 413],
    ["with a field that nobody knows", { role: "owner" }, 422],
  ])("OI-19: a callback %s is refused, and nothing sent on", async (_, over, status) => {
    await remember();
    const browser = newBrowser();
    const answer = server.google.consent(await server.begin("google", browser), somebody());
    expect((await server.finish("google", browser, { ...answer, ...over })).status).toBe(status);
    expect(codesSent()).toBe(0);
  });

  test.each(["__proto__", "constructor", "..%2f", "Google", "google%00", "x".repeat(500)])(
    "OI-20: there is no provider %s",
    async (name) => {
      await remember();
      for (const [method, what] of [
        ["GET", "start"],
        ["POST", "callback"],
      ] as const) {
        const answer = await server.request("GET" === method ? "GET" : "POST", `/auth/${name}/${what}`, {
          ...(method === "POST" ? { body: { code: "a", state: "b" } } : {}),
        });
        expect([404, 414]).toContain(answer.status);
      }
    },
  );

  test("a flow is over after ten minutes, to the millisecond", async () => {
    const browser = newBrowser();
    const [first, second] = [
      server.google.consent(await server.begin("google", browser), somebody()),
      server.google.consent(await server.begin("google", browser), somebody()),
    ];
    server.clock.advanceMilliseconds(600_000 - 1);
    expect((await server.finish("google", browser, first)).status).toBe(200);
    await remember();
    server.clock.advanceMilliseconds(1);
    refused(await server.finish("google", browser, second), 403, "oauth_state_invalid");
  });

  test("CS-2: another site's page can neither finish a sign-in nor confirm one", async () => {
    await remember();
    const browser = newBrowser();
    const answer = server.google.consent(await server.begin("google", browser), somebody());
    const foreign = { body: answer, cookies: browser.cookies, origin: "https://evil.example" };
    refused(await server.request("POST", "/auth/google/callback", foreign), 403, "cross_site_request");
    expect(codesSent()).toBe(0);
  });

  test.each(["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])(
    "CS-7: %s is no place to go to afterwards; a path of ours is",
    async (wanted) => {
      const elsewhere = await server.comes("google", somebody(), { query: { return_to: wanted } });
      expect(elsewhere.body["return_to"]).toBeNull();
      expect((await server.comes("google", somebody(), { query: { return_to: "/trees?a=1" } })).body["return_to"]).toBe("/trees?a=1");
      await remember();
    },
  );

  test("OI-18, LG-1: neither code, state, secret, token nor the provider's words are in any log line", async () => {
    await remember();
    const browser = newBrowser();
    const answer = server.google.consent(await server.begin("google", browser), somebody(), {
      claims: { iss: "https://words-of-the-provider.example" },
    });
    const { text } = await server.finish("google", browser, answer);
    await setImmediate();
    const told = [text, ...server.logLines()].join("\n");
    for (const secret of [
      answer.code,
      answer.state,
      server.google.clientSecret,
      "the access token",
      "words-of-the-provider",
      browser.cookies["gatehouse_browser"],
    ])
      expect(told).not.toContain(secret);
    expect(told).toContain("id_token_issuer");
  });

  test("the same holds for Microsoft's callback", async () => {
    await remember();
    const person = microsoftPerson(server.microsoft, CONTOSO, "m", "m@example.com");
    const answer = server.microsoft.consent(await server.begin("microsoft", newBrowser()), person);
    refused(await server.finish("microsoft", newBrowser(), answer), 403, "oauth_state_invalid");
    expect(codesSent()).toBe(0);
  });
});

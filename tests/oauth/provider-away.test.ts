import { registerPerson, signIn } from "@gatehouse/testkit";
import type { HostileProvider } from "@gatehouse/testkit/hostile-provider";
import { sendJson } from "@gatehouse/testkit/hostile-provider";
import { googlePerson, newBrowser, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

type Handler = NonNullable<ReturnType<HostileProvider["instead"]["get"]>>;
let server: OauthServer;
beforeEach(async () => {
  server = await openOauthServer();
});
afterEach(() => server.close());

const somebody = googlePerson("somebody", "somebody@example.com");
const MEBIBYTE = Buffer.alloc(1024 * 1024, "a");
const begin = () => server.request<{ code: string }>("GET", "/auth/google/start", { cookies: newBrowser().cookies });
/** What came out, and that neither a person nor a session did; passwords work all the while. */
async function comesTo(status: number, code: string): Promise<void> {
  const answer = await server.comes("google", somebody);
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  expect(await server.database.query("select id from users union all select id from sessions")).toEqual([]);
}
async function heals(): Promise<void> {
  server.google.instead.clear();
  expect((await server.comes("google", somebody)).status).toBe(200);
}

/** Sends without end, as fast as it is read. */
const endless: Handler = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  const pour = (): void => {
    while (!response.destroyed && response.write(MEBIBYTE));
    if (!response.destroyed) response.once("drain", pour);
  };
  pour();
};
const BROKEN: readonly [string, Handler, number, string][] = [
  ["500", (_request, response) => sendJson(response, 500, { error: "words of the provider" }), 502, "oauth_provider_failed"],
  ["429", (_request, response) => sendJson(response, 429, {}), 503, "oauth_provider_unavailable"],
  [
    "a page",
    (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hello</h1>"),
    502,
    "oauth_provider_failed",
  ],
  ["nothing of use", (_request, response) => sendJson(response, 200, {}), 502, "oauth_provider_failed"],
  ["a reset connection", (request) => request.socket.resetAndDestroy(), 503, "oauth_provider_unavailable"],
  [
    "a redirect elsewhere",
    (_request, response) => void response.writeHead(307, { location: "http://127.0.0.1:9/token" }).end(),
    502,
    "oauth_provider_failed",
  ],
  ["an answer without end", endless, 502, "oauth_provider_failed"],
];

describe("OI-12: the token endpoint answers with", () => {
  test.each(BROKEN)("%s: told in one sentence, and it heals by itself", async (_, handler, status, code) => {
    server.google.instead.set("token", handler);
    await comesTo(status, code);
    await heals();
  });

  test("the client secret is never sent along a redirect", async () => {
    const elsewhere = await openOauthServer();
    server.google.instead.set("token", (_request, response) => {
      response.writeHead(307, { location: `${elsewhere.google.issuer}/token` }).end();
    });
    await comesTo(502, "oauth_provider_failed");
    expect(elsewhere.google.asked).toEqual([]);
    await elsewhere.close();
  });
});

describe("OI-13: discovery, and the key set, answer with", () => {
  test.each(BROKEN)("%s: told in one sentence, no failure is remembered", async (_, handler, status, code) => {
    server.google.instead.set("discovery", handler);
    const answer = await begin();
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    server.google.instead.clear();
    server.google.instead.set("keys", handler);
    await comesTo(status, code);
    await heals();
  });

  test("nothing at all, when the server starts: it lives, says so, and passwords work", async () => {
    const { google } = server;
    await google.stop();
    const early = await openOauthServer({ env: { GOOGLE_ISSUER: google.issuer } });
    const answer = await early.request("GET", "/auth/google/start");
    expect(answer).toMatchObject({ status: 503, body: { code: "oauth_provider_unavailable" }, headers: { "retry-after": "5" } });
    const person = await registerPerson(early);
    expect((await signIn(early, person)).user.id).toBe(person.user.id);
    await early.close();
  });
});

test("a provider that takes no end of time is given up, and holds up nobody else", async () => {
  const waiting: (() => void)[] = [];
  server.google.instead.set("token", (_request, response) => void waiting.push(() => response.end()));
  const slow = server.comes("google", somebody);
  const person = await registerPerson(server);
  expect((await signIn(server, person)).user.id).toBe(person.user.id);
  expect((await server.request("GET", "/auth/microsoft/start")).status).toBe(200);
  const answer = await slow;
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 503, code: "oauth_provider_unavailable" });
  for (const end of waiting) end();
});

test("OI-14: a provider that does not know our client lets nobody in, and the operator is told", async () => {
  const wrong = await openOauthServer({ env: { GOOGLE_ISSUER: server.google.issuer, GOOGLE_CLIENT_SECRET: "of somebody else" } });
  const browser = newBrowser();
  const answer = server.google.consent(await wrong.begin("google", browser), somebody);
  expect((await wrong.finish("google", browser, answer)).body.code).toBe("oauth_provider_failed");
  expect(wrong.logLines().join()).toContain("client_refused");
  await wrong.close();
});

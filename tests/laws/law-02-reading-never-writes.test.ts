import {
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_START,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentsOf } from "./every-table.ts";
import { treeBody } from "./tree-of-tests.ts";

let server: TestServer;
let people: Record<string, Person>;
let treeId: string;
let runId: string;
/** Links that were sent: looking at one consumes nothing (a mail scanner follows every link). */
let links: string[];
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  const owner = await registerVerified(server);
  const unverified = await registerPerson(server);
  people = { owner, unverified, viewer: await registerMember(server, owner, { role: "viewer" }) };
  const made = await server.request<{ id: string }>("POST", "/trees", { token: owner.accessToken, body: treeBody() });
  treeId = made.body.id;
  runId = (await server.request<{ id: string }>("POST", `/trees/${treeId}/sessions`, { token: owner.accessToken })).body.id;
  // What was sent before has arrived: two mails that are sent at once arrive in any order.
  await server.settle();
  await server.request("POST", "/auth/password/forgot", { body: { email: owner.email } });
  const mails = [await server.mailTo(unverified.email), await server.mailTo(owner.email)];
  expect(mails.map(tokenIn)).toHaveLength(2);
  links = mails.flatMap((mail) => mail.links.map((link) => link.slice(new URL(link).origin.length)));
});
afterAll(() => server.close());

/** Every GET that the server has, from its own document, and what stands beside the API. */
function everyGet(): string[] {
  const paths: Record<string, object> = Object(server.gatehouse.openApi).paths;
  const documented = Object.keys(paths).filter((path) => "get" in Object(paths[path]));
  const beside = [
    "/healthz",
    "/readyz",
    "/.well-known/jwks.json",
    "/api/openapi.json",
    "/api/docs",
    "/api/docs/errors/rate_limited",
    "/nothing",
  ];
  return [
    ...documented.map((path) => path.replace("{id}", path.includes("/sessions/") ? runId : treeId)),
    "/api/v1/trees?limit=1",
    `/api/v1/sessions?limit=1&tree_id=${treeId}`,
    `/api/v1/trees/${treeId}/export?format=markdown`,
    "/api/v1/access/explain?at=2031-01-01T00:00:00Z",
    ...beside,
    ...links,
  ];
}

/** @returns each answer's status, by who asked */
async function readAll(signedIn: Record<string, Person>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  const elsewhere = { headers: { "user-agent": "another device" }, ip: "203.0.113.80" };
  for (const path of everyGet()) {
    statuses[`nobody ${path}`] = (await server.request("GET", path, elsewhere)).status;
    for (const [name, { accessToken }] of Object.entries(signedIn)) {
      statuses[`${name} ${path}`] = (await server.request("GET", path, { ...elsewhere, token: accessToken })).status;
    }
  }
  return statuses;
}

test.each([0, 8, 15, 400])("on day %i nothing is written by reading, whoever reads, and twice", async (day) => {
  server.clock.set(TEST_START);
  server.clock.advanceDays(day);
  const signedIn: Record<string, Person> = {};
  for (const [name, person] of Object.entries(people)) signedIn[name] = await signIn(server, person);
  await server.settle();
  // Somewhat later, so that a time of last use would differ.
  server.clock.advanceSeconds(60);
  const before = await contentsOf(server.database);
  const first = await readAll(signedIn);
  const second = await readAll(signedIn);
  expect(await contentsOf(server.database)).toEqual(before);
  expect(second).toEqual(first);
  // Billing is dark here (law 11): whoever may read invoices is told so.
  const dark = (what: string, status: number) => what.endsWith("/billing/invoices") && status === 503;
  expect(Object.entries(first).filter(([what, status]) => status >= 500 && !dark(what, status))).toEqual([]);
});

test("what is open is decided by the clock alone: there and back again, with nothing written", async () => {
  server.clock.set(TEST_START);
  const [owner, unverified] = [await registerVerified(server), await registerPerson(server)];
  const claims = {
    owner: await server.app.tokens.verify(owner.accessToken),
    unverified: await server.app.tokens.verify(unverified.accessToken),
  };
  const tokens = new Map<string, string>();
  const at = (day: number): void => {
    server.clock.set(TEST_START);
    server.clock.advanceDays(day);
  };
  // The server's own tokens of those days, made before we look: signing in would write, and so may a new signing key of day 29.
  for (const who of ["owner", "unverified"] as const) {
    for (const day of [0, 6, 7, 13, 14, 29]) {
      at(day);
      tokens.set(`${who} ${day}`, (await server.app.tokens.issue(claims[who])).token);
    }
  }
  const before = await contentsOf(server.database);
  const on = async (day: number, who: keyof typeof claims) => {
    at(day);
    const { status, body } = await server.request("GET", "/trees", { token: tokens.get(`${who} ${day}`) ?? "" });
    return `day ${day}: ${status} ${body["reason"] ?? ""}`.trim();
  };
  const seen = [];
  for (const day of [0, 13, 14, 0, 29, 0]) seen.push(await on(day, "owner"));
  expect(seen).toEqual(["day 0: 200", "day 13: 200", "day 14: 402 trial_ended", "day 0: 200", "day 29: 402 trial_ended", "day 0: 200"]);
  const others = [await on(6, "unverified"), await on(7, "unverified"), await on(6, "unverified")];
  expect(others).toEqual(["day 6: 200", "day 7: 403 grace_ended", "day 6: 200"]);
  expect(await contentsOf(server.database)).toEqual(before);
});

import { pathParameters, type RouteShape, routes } from "@gatehouse/contract";
import { type Answer, invite, nextEmail, offerTo, type Person, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { openBillingServer } from "@gatehouse/testkit/billing-server";
import { readZip } from "@gatehouse/testkit/zip";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as sessions from "../../apps/resolutionflow/api/src/sessions/sessions.contract.ts";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import { contentsOf } from "../laws/every-table.ts";
import { treeBody } from "../laws/tree-of-tests.ts";
import { placesOfIds } from "./places-of-ids.ts";
import { joinAsOwner, marksOf, openTeam, rowsOf, type Team, type Thing } from "./team-of-tests.ts";

const { PAGE_MAX: _, ...treeRoutes } = trees;
const all: readonly RouteShape[] = [...routes, ...Object.values(treeRoutes), ...Object.values(sessions)];
const named = (routes: readonly RouteShape[]) => routes.map((route) => ({ route, name: `${route.method} ${route.path}` }));
/** Operators look after all accounts: their routes are walked as what they are to everybody else, not there. */
const operators = named(all.filter(({ operator }) => operator));
const walked = named(all.filter(({ auth, operator }) => auth === "session" && !operator));
const NOBODYS = "01890000-0000-7000-8000-000000000000";

let server: TestServer;
let ours: Team;
let theirs: Team;
/** Its owner owns `theirs` too, and comes with a token for this one. */
let both: Team;
let third: Team;
beforeAll(async () => {
  server = await openBillingServer({ product: resolutionFlow });
  ours = await openTeam(server, "Our");
  theirs = await openTeam(server, "Their");
  both = await openTeam(server, "Both");
  third = await openTeam(server, "Third");
  await joinAsOwner(server, both.owner, theirs);
}, 120_000);
afterAll(() => server.close());

interface Sent {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Default: the team's owner. */
  readonly by?: Person;
  /** Default: the route's own. */
  readonly status?: number;
}
const id = (thing: Thing) => (team: Team) => ({ path: { id: team.ids[thing] } });
const password = TEST_PASSWORD;

/** A request by which the route does its work for the team; without an entry, one that gives nothing. */
const REQUESTS: Readonly<Record<string, (team: Team) => Sent | Promise<Sent>>> = {
  "DELETE /auth/sessions/{id}": id("session"),
  "POST /auth/password/change": () => ({ body: { current_password: password, new_password: "walnut-harbor-comet-57" } }),
  // No provider is set up here.
  "POST /auth/{provider}/connect": () => ({ path: { provider: "google" }, body: { password }, status: 503 }),
  "PATCH /me": () => ({ body: { name: "Grace Hopper" } }),
  "DELETE /me": ({ member }) => ({ by: member, body: { password } }),
  "DELETE /me/identities/{id}": ({ ids }) => ({ path: { id: ids.identity }, body: { password } }),
  "POST /accounts/switch": ({ ids }) => ({ body: { account_id: ids.account } }),
  "PATCH /accounts/me": () => ({ body: { name: "Another name" } }),
  "DELETE /accounts/me": ({ owner }) => ({ body: { confirm: owner.account.name } }),
  "POST /accounts/me/restore": async ({ owner }) => {
    await server.request("DELETE", "/accounts/me", { token: owner.accessToken, body: { confirm: owner.account.name } });
    return {};
  },
  "PATCH /accounts/me/members/{id}": (team) => ({ ...id("membership")(team), body: { role: "viewer" } }),
  "DELETE /accounts/me/members/{id}": id("membership"),
  "POST /accounts/me/transfer-ownership": ({ ids }) => ({ body: { member_id: ids.membership, password } }),
  "POST /accounts/me/transfer-ownership/accept": ({ member }) => ({ by: member }),
  "POST /accounts/me/invites": () => ({ body: { email: nextEmail() } }),
  "POST /accounts/me/invites/bulk": () => ({ body: { list: `${nextEmail()}\n${nextEmail()}` } }),
  "POST /accounts/me/invites/{id}/resend": id("invite"),
  "DELETE /accounts/me/invites/{id}": id("invite"),
  "POST /invites/{token}/accept": async ({ owner }) => ({ path: { token: await invite(server, third.owner, owner.email) }, body: {} }),
  "POST /waitlist/tickets/{token}/accept": async ({ owner }) => ({
    path: { token: (await offerTo(server, owner.email, { plan: "team", until: null })).token },
    body: {},
  }),
  "PATCH /onboarding": () => ({ body: { step: "company", industry: "Printers" } }),
  "POST /billing/checkout-session": () => ({ body: { plan: "pro" } }),
  "POST /billing/sync": ({ ids }) => ({ body: { session_id: ids.checkout } }),
  // Nothing was bought yet.
  "PATCH /billing/subscription": () => ({ body: { seats: 5 }, status: 409 }),
  "POST /trees": () => ({ body: treeBody() }),
  "GET /trees/{id}": id("tree"),
  "GET /trees/{id}/export": id("tree"),
  "PUT /trees/{id}": (team) => ({ ...id("tree")(team), body: { version: 1, ...treeBody() } }),
  "DELETE /trees/{id}": id("tree"),
  "POST /trees/{id}/sessions": id("tree"),
  "GET /sessions/{id}": id("run"),
  "POST /sessions/{id}/steps": (team) => ({ ...id("run")(team), body: { step: 0, answer: "Yes" } }),
  "POST /sessions/{id}/end": (team) => ({ ...id("run")(team), body: { outcome: "resolved" } }),
};

/** What stands in a place of a request, and what the route does when it is another account's. */
type Foreign =
  /** It is as unknown as one that never was. @param toBoth the status for who is in both accounts, where the thing is theirs */
  | { readonly does: "not find"; readonly thing: Thing; readonly unknown?: string; readonly toBoth?: number }
  /** It only chooses among one's own: nothing is found, as with one that never was. */
  | { readonly does: "choose none"; readonly thing: Thing }
  /** Whoever holds it is told what it is, and that it is not for them. */
  | { readonly does: "refuse"; readonly of: (team: Team) => string; readonly status: number; readonly code: string }
  /** It names nothing that is anybody's. */
  | { readonly does: "name nothing" };
const unknownUnless = (thing: Thing, more: { unknown?: string; toBoth?: number } = {}): Foreign => ({ does: "not find", thing, ...more });

/** A place that takes an id and has no line here fails below. Cursors have a test of their own. */
const PLACES: Readonly<Record<string, Foreign>> = {
  "DELETE /auth/sessions/{id} path.id": unknownUnless("session"),
  "POST /auth/{provider}/connect path.provider": { does: "name nothing" },
  "DELETE /me/identities/{id} path.id": unknownUnless("identity"),
  "POST /accounts/switch body.account_id": unknownUnless("account", { toBoth: 200 }),
  "PATCH /accounts/me/members/{id} path.id": unknownUnless("membership"),
  "DELETE /accounts/me/members/{id} path.id": unknownUnless("membership"),
  "POST /accounts/me/transfer-ownership body.member_id": unknownUnless("membership"),
  "POST /accounts/me/invites/{id}/resend path.id": unknownUnless("invite"),
  "DELETE /accounts/me/invites/{id} path.id": unknownUnless("invite"),
  "POST /invites/{token}/accept path.token": {
    does: "refuse",
    of: ({ inviteToken }) => inviteToken,
    status: 403,
    code: "invite_wrong_email",
  },
  "POST /waitlist/tickets/{token}/accept path.token": {
    does: "refuse",
    of: ({ ticketToken }) => ticketToken,
    status: 403,
    code: "waitlist_ticket_wrong_email",
  },
  "POST /billing/sync body.session_id": unknownUnless("checkout", { unknown: "cs_test_nobodys" }),
  // What the nodes of a tree are called, within it.
  "POST /trees body.nodes[].id": { does: "name nothing" },
  "PUT /trees/{id} body.nodes[].id": { does: "name nothing" },
  "GET /trees/{id} path.id": unknownUnless("tree"),
  "GET /trees/{id}/export path.id": unknownUnless("tree"),
  "PUT /trees/{id} path.id": unknownUnless("tree"),
  "DELETE /trees/{id} path.id": unknownUnless("tree"),
  "POST /trees/{id}/sessions path.id": unknownUnless("tree"),
  "GET /sessions query.tree_id": { does: "choose none", thing: "tree" },
  "GET /sessions/{id} path.id": unknownUnless("run"),
  "POST /sessions/{id}/steps path.id": unknownUnless("run"),
  "POST /sessions/{id}/end path.id": unknownUnless("run"),
};

const requestFor = async (name: string, team: Team): Promise<Sent> => (await REQUESTS[name]?.(team)) ?? {};

/** The request with `value` in the place. */
function withThing(sent: Sent, place: string, value: string): Sent {
  const [part, name, ...deeper] = place.split(".");
  if ((part !== "path" && part !== "query" && part !== "body") || name === undefined || name.endsWith("[]") || deeper.length > 0)
    throw new Error(`the walk cannot put anything at ${place} yet`);
  return { ...sent, [part]: { ...sent[part], [name]: value } };
}

async function send(route: RouteShape, team: Team, sent: Sent) {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => sent.path?.[name] ?? "");
  const search = sent.query ? `?${new URLSearchParams(sent.query)}` : "";
  const { accessToken: token } = sent.by ?? team.owner;
  const answer = await server.request(route.method, `/api/v1${path}${search}`, { token, ...(sent.body ? { body: sent.body } : {}) });
  return { ...answer, text: answer.text.replace(/"request_id":"[^"]*"/, '"request_id":"-"') };
}
const told = ({ status, headers, text }: Answer<unknown>) => ({ status, type: headers["content-type"], text });

const places = walked.flatMap(({ route, name }) =>
  placesOfIds(route)
    .filter((place) => place !== "query.cursor")
    .map((place) => ({ route, name, place, key: `${name} ${place}` })),
);

test("what is declared is served, and whatever needs a session is walked", () => {
  const served = Object.entries<object>(Object(server.gatehouse.openApi).paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.security.length > 0)
      .map(([method]) => `${method.toUpperCase()} ${path.replace("/api/v1", "")}`),
  );
  expect([...walked, ...operators].map(({ name }) => name).sort()).toEqual(served.sort());
});

test("every place that takes an id has its line, and no line is of a place that is gone", () => {
  expect(Object.keys(PLACES).sort()).toEqual(places.map(({ key }) => key).sort());
});

test.each(operators)("$name is not there for the owner of an account, whatever of theirs or of another's it names", async ({ route }) => {
  const before = await contentsOf(server.database);
  for (const team of [ours, theirs]) {
    const path = Object.fromEntries(pathParameters(route.path).map((parameter) => [parameter, team.ids.account]));
    const sent = { path, ...(route.method === "GET" ? {} : { body: { id: team.ids.account, reason: "none of theirs" } }) };
    expect(await send(route, ours, sent)).toMatchObject({ status: 404, body: { code: "route_not_found" } });
  }
  expect(await contentsOf(server.database)).toEqual(before);
});

describe.each(["a stranger", "who is in both, with a token for the other"] as const)("another account's thing, sent by %s", (who) => {
  test.each(places)("$key", async ({ route, name, place, key }) => {
    const [team, foreign] = [who === "a stranger" ? ours : both, PLACES[key]];
    if (foreign === undefined) throw new Error(`${key}: say in PLACES what stands there`);
    if (foreign.does === "name nothing") return;
    const sent = await requestFor(name, team);
    const give = (value: string) => send(route, team, withThing(sent, place, value));
    await server.settle();
    const before = await contentsOf(server.database);
    const answer = await give(foreign.does === "refuse" ? foreign.of(theirs) : theirs.ids[foreign.thing]);
    if (foreign.does === "refuse") expect(answer).toMatchObject({ status: foreign.status, body: { code: foreign.code } });
    else if (foreign.does === "not find" && foreign.toBoth && who !== "a stranger") expect(answer.status).toBe(foreign.toBoth);
    else {
      const code = expect.toBeOneOf(route.errors.filter((one) => one.endsWith("_not_found")));
      expect(answer).toMatchObject(foreign.does === "choose none" ? { status: 200, body: { items: [] } } : { status: 404, body: { code } });
      expect(told(answer)).toEqual(told(await give((foreign.does === "not find" ? foreign.unknown : null) ?? NOBODYS)));
    }
    await server.settle();
    expect(await contentsOf(server.database)).toEqual(before);
  });
});

/** Every text of the answer: of a list, of this page and all that follow; of a ZIP, of all that is in it. */
async function textOf(route: RouteShape, team: Team, sent: Sent): Promise<string> {
  if (route.media?.includes("application/zip")) return textOfZip(route, team);
  const query = placesOfIds(route).includes("query.cursor") ? { limit: "100", ...sent.query } : sent.query;
  const { status, text, body } = await send(route, team, query ? { ...sent, query } : sent);
  expect(status, text).toBe(sent.status ?? route.status);
  const { next_cursor: cursor } = Object(body);
  return cursor ? text + (await textOf(route, team, { ...sent, query: { ...query, cursor } })) : text;
}

async function textOfZip(route: RouteShape, team: Team): Promise<string> {
  const headers = { authorization: `Bearer ${team.owner.accessToken}` };
  const { statusCode, rawPayload } = await server.http.inject({ method: "GET", url: `/api/v1${route.path}`, headers });
  expect(statusCode).toBe(route.status);
  return [...(await readZip(rawPayload))].flat().join("\n");
}

/** No id, address or name of `theirs` is in the text. */
async function expectNothingOfTheirs(text: string, reader: Team): Promise<void> {
  const marks = await marksOf(server.database, theirs, reader.owner);
  expect(marks.size).toBeGreaterThan(20);
  expect([...marks].filter((mark) => text.includes(mark))).toEqual([]);
}

const reads = walked.filter(({ route }) => route.method === "GET");
test.each(reads)("$name tells nothing of another account", async ({ route, name }) => {
  await expectNothingOfTheirs(await textOf(route, ours, await requestFor(name, ours)), ours);
});

/** Which accounts one is in is a person's to know. */
const OF_THE_PERSON = ["GET /accounts"];
test.each(reads.filter(({ name }) => !OF_THE_PERSON.includes(name)))(
  "$name tells nothing of another account, also to who is in it and asks in this one",
  async ({ route, name }) => {
    await expectNothingOfTheirs(await textOf(route, both, await requestFor(name, both)), both);
  },
);

/** Nobody bought anything here: what Stripe would call an invoice. */
const CURSORS: Readonly<Record<string, string>> = { "GET /billing/invoices": "in_1B2c3D" };
test.each(walked.filter(({ route }) => placesOfIds(route).includes("query.cursor")))(
  "$name shows one's own, also after another account's cursor",
  async ({ route, name }) => {
    const first = await send(route, theirs, { query: { limit: "1" } });
    const cursor = CURSORS[name] ?? String(first.body["next_cursor"]);
    for (const team of [ours, both]) await expectNothingOfTheirs(await textOf(route, team, { query: { cursor } }), team);
  },
);

test.each(walked.filter(({ route }) => route.method !== "GET"))(
  "$name does its work and leaves another account alone",
  async ({ route, name }) => {
    const team = await openTeam(server, "Working");
    const sent = await requestFor(name, team);
    await server.settle();
    const before = await rowsOf(server.database, theirs.ids.account);
    const answer = await send(route, team, sent);
    expect(answer.status, answer.text).toBe(sent.status ?? route.status);
    await server.settle();
    expect(await rowsOf(server.database, theirs.ids.account)).toEqual(before);
    expect(before["memberships"]).toContain(theirs.ids.membership);
  },
);

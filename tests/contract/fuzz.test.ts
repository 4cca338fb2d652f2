import { codesOf, errors, pathParameters, problem, type RouteShape, routes } from "@gatehouse/contract";
import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  TEST_PASSWORD,
  type TestServer,
} from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { resolutionFlow } from "@resolutionflow/api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as sessions from "../../apps/resolutionflow/api/src/sessions/sessions.contract.ts";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import { treeBody } from "../laws/tree-of-tests.ts";
import { arbitraryOf, junk, spoilt, tainted } from "./arbitrary-of.ts";

const { PAGE_MAX: _, ...treeRoutes } = trees;
const all: readonly RouteShape[] = [...routes, ...Object.values(treeRoutes), ...Object.values(sessions)];
const catalogue: Readonly<Record<string, { status: number }>> = { ...errors, ...resolutionFlow.errors };
const RUNS_A_ROUTE = 30;

let server: TestServer;
let people: { owner: Person; viewer: Person; unverified: Person };
/** Of an invite of another account to the owner. */
let inviteToken: string;
/** What the path or the body of the route names, where it is to name something that there is. */
let ours: string;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  const owner = await registerVerified(server);
  people = { owner, viewer: await registerMember(server, owner, { role: "viewer" }), unverified: await registerPerson(server) };
  inviteToken = await invite(server, await registerVerified(server), owner.email);
  // Seats and trees enough for all.
  const startsAt = server.clock.now();
  await plantFacts(server, owner.account.id, { trial: { plan: "enterprise", startsAt, endsAt: addDays(startsAt, 14) } });
});
afterAll(() => server.close());

const ACCOUNT_NAME = "Analytical Engines";
/** Sets the stage anew, for what is sent to one route may rename the account or delete it, and makes what the route names. */
async function setStage(route: RouteShape): Promise<void> {
  const as = { token: people.owner.accessToken };
  expect((await server.request("POST", "/accounts/me/restore", as)).status).toBe(200);
  expect((await server.request("PATCH", "/accounts/me", { ...as, body: { name: ACCOUNT_NAME } })).status).toBe(200);
  ours = await thingFor(route.path, as);
}

async function thingFor(path: string, as: { token: string }): Promise<string> {
  const idOf = async (made: string, body?: object) => (await server.request<{ id: string }>("POST", made, { ...as, body })).body.id;
  if (path.startsWith("/accounts/me/members/") || path === "/accounts/me/transfer-ownership") {
    // None of those who send: whoever is removed or made an owner here has no part in the rest.
    const { user } = await registerMember(server, people.owner);
    return (await server.database.query<{ id: string }>("select id from memberships where user_id = $1", [user.id]))[0]?.id ?? "";
  }
  if (path.startsWith("/accounts/me/invites/{id}")) return idOf("/accounts/me/invites", { email: nextEmail() });
  if (path.startsWith("/invites/")) return inviteToken;
  if (path === "/accounts/switch") return people.owner.account.id;
  const tree = await idOf("/trees", treeBody());
  return path.startsWith("/sessions/") ? idOf(`/trees/${tree}/sessions`) : tree;
}

/** Bodies that pass more than the schema: the tree is one, the address is new. */
const GOOD: Readonly<Record<string, fc.Arbitrary<object>>> = {
  "POST /trees": fc.constant(treeBody()),
  "PUT /trees/{id}": fc.integer({ min: 1, max: 2 }).map((version) => ({ version, ...treeBody() })),
  "POST /sessions/{id}/steps": fc.constantFrom({ step: 0, answer: "Yes" }, { step: 0, answer: 1 }, { step: 1 }),
  "PATCH /onboarding": fc.constantFrom(
    { step: "about_you", role_at_signup: "Support lead" },
    { step: "company", account_name: "Analytical Engines", industry: null },
    { step: "first_tree" },
    { skip_rest: true },
  ),
  "DELETE /accounts/me": fc.constant({ confirm: ACCOUNT_NAME }),
  "POST /accounts/switch": fc.constant(null).map(() => ({ account_id: ours })),
  "POST /accounts/me/transfer-ownership": fc
    .constantFrom("owner", "admin", undefined)
    .map((role_after) => ({ member_id: ours, role_after, password: TEST_PASSWORD })),
  "POST /accounts/me/invites/bulk": fc.constantFrom<object>(
    { rows: [{ email: "grace@example.com", role: "viewer" }, { email: "@" }] },
    { list: "email,role\ngrace@example.com,admin\n", role: "viewer" },
  ),
  "POST /auth/register": fc
    .nat()
    .map((number) => ({ email: `fuzz-${number}@example.com`, password: TEST_PASSWORD, name: "Ada", transport: "body" })),
};

interface Sent {
  readonly who: "nobody" | "owner" | "viewer" | "unverified" | "garbage";
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>> | null;
  readonly body: unknown;
  readonly key: string | null;
}
const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(Object(value)).map(([name, one]) => [name, typeof one === "string" ? one : JSON.stringify(one)]));

/** Requests to a route: as it declares them, or spoilt in one place. */
function requestsTo(route: RouteShape): fc.Arbitrary<Sent> {
  const good = GOOD[`${route.method} ${route.path}`];
  const either = (schema: RouteShape["body"]) =>
    schema ? fc.oneof(arbitraryOf(schema), spoilt(arbitraryOf(schema))) : fc.constant(undefined);
  const text = junk.map((value) => (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 500));
  // A dot or two are steps in a path, and half a surrogate cannot be written in one.
  const part = fc.oneof(
    fc.constant("OURS"),
    fc.uuid(),
    text.filter((one) => !/^\.{0,2}$/.test(one) && one.isWellFormed()),
  );
  return fc.record({
    who: fc.constantFrom("owner", "owner", "owner", "viewer", "unverified", "nobody", "garbage"),
    params: fc.record(Object.fromEntries(pathParameters(route.path).map((name) => [name, part]))),
    query: fc.option(route.query ? either(route.query).map(texts) : fc.dictionary(text, text, { maxKeys: 2 })),
    body:
      route.method === "GET"
        ? fc.constant(undefined)
        : fc.oneof(either(route.body), junk, ...(good ? [{ arbitrary: good, weight: 4 }, spoilt(good)] : [])),
    key: fc.option(fc.oneof(fc.constant("a key"), fc.stringMatching(/^[\x20-\x7e]{0,250}$/)), { freq: 2 }),
  });
}

async function send(route: RouteShape, { who, params, query, body, key }: Sent) {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] === "OURS" ? ours : (params[name] ?? "")),
  );
  const search = query === null ? "" : `?${new URLSearchParams(query)}`;
  const token = who === "nobody" ? {} : { token: who === "garbage" ? "a.b.c" : people[who].accessToken };
  return await server.request(route.method, `/api/v1${path}${search}`, {
    ...token,
    ...(body === undefined ? {} : { body: JSON.stringify(body) ?? "" }),
    ...(key === null ? {} : { headers: { "idempotency-key": key } }),
  });
}

/** The answer is one that the route declares: its success in its shape, or a refusal by one of its codes. */
function expectDeclared(route: RouteShape, sent: Sent, answer: Awaited<ReturnType<typeof send>>): void {
  if (answer.status === route.status) {
    if (route.status === 204) expect(answer.text).toBe("");
    else if (route.media) expect(route.media).toContain(answer.headers["content-type"]?.split(";")[0]);
    else expect(route.response.safeParse(answer.body)).toMatchObject({ success: true });
    return;
  }
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  const { code, status } = problem.parse(answer.body);
  const isLongPath = Object.values(sent.params).some((part) => encodeURIComponent(part).length > 200);
  expect(isLongPath ? [...codesOf(route), "route_not_found"] : codesOf(route), answer.text).toContain(code);
  expect({ status, answered: answer.status }).toEqual({ status: catalogue[code]?.status, answered: catalogue[code]?.status });
  expect(answer.status, answer.text).not.toBe(500);
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|select |insert into|syntax error/i);
}

test.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "whatever is sent to %s, the answer is one that it declares",
  { timeout: 240_000 },
  async (name, route) => {
    let accepted = 0;
    await setStage(route);
    const property = fc.asyncProperty(requestsTo(route), async (sent) => {
      const answer = await send(route, sent);
      if (answer.status === route.status) accepted += 1;
      expectDeclared(route, sent, answer);
    });
    const details = await fc.check(property, { numRuns: RUNS_A_ROUTE });
    process.stdout.write(`fuzz ${name}: seed ${details.seed}, ${accepted} of ${details.numRuns} accepted\n`);
    if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? "failed", { cause: details.errorInstance });
  },
);

test.each(all.filter(({ body }) => body).map((route) => [`${route.method} ${route.path}`, route] as const))(
  "whatever character is put into any text sent to %s, the answer is one that it declares",
  { timeout: 240_000 },
  async (name, route) => {
    await setStage(route);
    const source = GOOD[name] ?? (route.body ? arbitraryOf(route.body) : fc.constant(null));
    const params = Object.fromEntries(pathParameters(route.path).map((parameter) => [parameter, "OURS"]));
    for (const body of fc.sample(source, { seed: 1, numRuns: 3 }).flatMap(tainted)) {
      const sent: Sent = { who: "owner", params, query: null, body, key: null };
      expectDeclared(route, sent, await send(route, sent));
    }
  },
);

test("the server is as it was: everybody is still who they were, and the log holds no fault of ours", async () => {
  for (const person of Object.values(people)) {
    expect(await server.request("GET", "/me", { token: person.accessToken })).toMatchObject({
      status: 200,
      body: { account: { id: person.account.id } },
    });
  }
  expect(server.logLines().filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

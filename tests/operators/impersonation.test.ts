import { type RouteShape, routes } from "@gatehouse/contract";
import { addMilliseconds, addMinutes } from "@gatehouse/core";
import { openTestServer, type Person, registerMember, registerPerson, registerVerified, signIn, type TestServer } from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as sessions from "../../apps/resolutionflow/api/src/sessions/sessions.contract.ts";
import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import { contentsOf } from "../laws/every-table.ts";
import { treeBody } from "../laws/tree-of-tests.ts";

let server: TestServer;
/** A second process, so that nothing within one decides. */
let other: TestServer;
let operator: Person;
let ada: Person;
let tree: string;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  other = await openTestServer({ product: resolutionFlow, beside: server });
});
afterAll(async () => {
  await other.close();
  await server.close();
});
beforeEach(async () => {
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  ada = await registerVerified(server, { accountName: "Analytical Engines" });
  tree = (await server.request<{ id: string }>("POST", "/trees", { token: ada.accessToken, body: treeBody() })).body.id;
});

const reason = "ticket 17";
const ask = (by: Person, account: string) =>
  server.request<{ access_token: string; impersonation_id: string }>("POST", `/admin/accounts/${account}/impersonate`, {
    token: by.accessToken,
    body: { reason },
  });
async function impersonate(): Promise<{ id: string; token: string }> {
  const { status, body, text } = await ask(operator, ada.account.id);
  expect(status, text).toBe(201);
  return { id: body.impersonation_id, token: body.access_token };
}
const end = (id: string) => server.request("POST", `/admin/impersonations/${id}/end`, { token: operator.accessToken, body: { reason } });
const look = (token: string, at = server) => at.request("GET", "/trees", { token });
const isOver = (token: string) => async () => {
  expect(await look(token)).toMatchObject({ status: 401 });
  expect(await look(token, other)).toMatchObject({ status: 401 });
};

test("an operator sees what a viewer of the account sees, marked on every answer and in /me", async () => {
  const { token } = await impersonate();
  const seen = await look(token);
  expect([seen.status, seen.text]).toEqual([200, expect.stringContaining(tree)]);
  const me = await server.request("GET", "/me", { token });
  expect(me.body).toMatchObject({
    user: { id: ada.user.id },
    account: { id: ada.account.id, role: "viewer" },
    permissions: ["account.read", "members.read", "product.read"],
    impersonated_by: { operator_id: operator.user.id, ends_at: addMinutes(server.clock.now(), 30).toISOString() },
  });
  for (const path of [
    "/trees",
    `/trees/${tree}`,
    "/trees/x",
    "/me",
    "/billing/state",
    "/access/explain",
    "/accounts/me",
    "/accounts/me/audit",
  ])
    expect((await server.request("GET", path, { token })).headers["gatehouse-impersonated-by"], path).toBe(operator.user.id);
  const own = await server.request("GET", "/me", { token: ada.accessToken });
  expect([own.headers["gatehouse-impersonated-by"], own.body["impersonated_by"]]).toEqual([undefined, null]);
});

const { PAGE_MAX: _, ...treeRoutes } = trees;
const all: readonly RouteShape[] = [...routes, ...Object.values(treeRoutes), ...Object.values(sessions)];
const NOBODYS = "01890000-0000-7000-8000-000000000000";
const pathOf = ({ path }: RouteShape) =>
  `/api/v1${path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => (name === "provider" ? "google" : NOBODYS))}`;

test("whatever changes something is refused, on every route there is, and changes nothing", async () => {
  const { token } = await impersonate();
  await server.settle();
  const before = await contentsOf(server.database);
  for (const route of all.filter(({ auth, method }) => auth === "session" && method !== "GET")) {
    const answer = await server.request(route.method, pathOf(route), { token, body: {} });
    expect(answer, `${route.method} ${route.path}`).toMatchObject({ status: 403, body: { code: "impersonation_read_only" } });
    expect(answer.headers["gatehouse-impersonated-by"]).toBe(operator.user.id);
  }
  expect(await contentsOf(server.database)).toEqual(before);
});

test("what is the person's own stays theirs, and what operators have is not there", async () => {
  const { token } = await impersonate();
  for (const route of all.filter(({ auth, method }) => auth === "session" && method === "GET")) {
    const { status, body } = await server.request(route.method, pathOf(route), { token });
    const { code } = Object(body);
    const name = `${route.method} ${route.path} ${status} ${code}`;
    if (route.operator) expect(code, name).toBe("route_not_found");
    else if (!route.permission && !route.ofAccount) expect(code, name).toBe("impersonation_account_only");
    else expect([200, 403, 404], name).toContain(status);
  }
  expect(await server.request("GET", "/accounts/me/export", { token })).toMatchObject({ status: 403, body: { code: "permission_denied" } });
});

test("guards answer as to the customer", async () => {
  const { token } = await impersonate();
  await plantFacts(server, ada.account.id, {});
  expect(await look(token)).toMatchObject({ status: 402, body: { code: "subscription_required" } });
  expect((await server.request("GET", "/billing/state", { token })).status).toBe(200);
});

test("it ends after 30 minutes, to the millisecond", async () => {
  const { token } = await impersonate();
  const until = addMinutes(server.clock.now(), 30);
  server.clock.set(addMilliseconds(until, -1));
  expect((await look(token)).status).toBe(200);
  server.clock.set(until);
  await isOver(token)();
});

test("ended, it is over at once on every process; again changes nothing, and both are in the account's audit", async () => {
  const { id, token } = await impersonate();
  expect((await look(token, other)).status).toBe(200);
  expect((await end(id)).status).toBe(204);
  expect((await look(token)).status).toBe(401);
  // Told by NOTIFY: a moment later, but long before what is cached grows old.
  await expect.poll(async () => (await look(token, other)).status, { timeout: 4000 }).toBe(401);
  expect((await end(id)).status).toBe(204);
  expect(await end(NOBODYS)).toMatchObject({ status: 404, body: { code: "impersonation_not_found" } });
  const trail = await server.request<{ items: object[] }>("GET", "/accounts/me/audit?action=impersonation", { token: ada.accessToken });
  const by = { id: null, name: "An operator" };
  expect(trail.body.items).toMatchObject([
    { action: "impersonation.ended", actor: by, target_id: id, details: { reason } },
    { action: "impersonation.started", actor: by, target_id: id, details: { reason, as_user: ada.user.id } },
  ]);
});

const later = (minutes: number) => server.clock.set(addMinutes(server.clock.now(), minutes));
/** How it ended by the books: the row, and what the account's audit says of it. */
async function endOf(id: string) {
  const [row] = await server.database.query<{ ended_at: Date | null; ended_by: string | null }>(
    "select ended_at, ended_by from impersonations where id = $1",
    [id],
  );
  const told = await server.database.query<{ actor_user_id: string | null; details: object }>(
    "select actor_user_id, details from audit_events where action = 'impersonation.ended' and target_id = $1",
    [id],
  );
  return { at: row?.ended_at ?? null, by: row?.ended_by ?? null, told: told.map(({ actor_user_id, details }) => [actor_user_id, details]) };
}
const lapsed = (at: Date, why = "expired") => ({ at, by: null, told: [[null, { ended_at: at.toISOString(), why }]] });
const running = { at: null, by: null, told: [] };

test("one that ends by its time is written down once, with the instant when it ended and not that of the sweep", async () => {
  const { id } = await impersonate();
  const until = addMinutes(server.clock.now(), 30);
  server.clock.set(addMilliseconds(until, -1));
  await server.settle();
  expect(await endOf(id)).toEqual(running);
  server.clock.set(addMinutes(until, 5));
  await server.settle();
  await other.settle();
  expect(await endOf(id)).toEqual(lapsed(until));
});

test("two processes that sweep at once write it down once", async () => {
  const { id } = await impersonate();
  const until = addMinutes(server.clock.now(), 30);
  server.clock.set(until);
  await server.database.race("select 1 from impersonations where id = $1 for update", [id], [server.settle, other.settle]);
  await Promise.all([server.settle(), other.settle()]);
  expect(await endOf(id)).toEqual(lapsed(until));
});

test("one that was over before its time ended when the operator signed out, or when it was first seen that it may be no more", async () => {
  const [first, second] = [await impersonate(), await impersonate()];
  const grace = await registerVerified(server);
  const third = (await ask(operator, grace.account.id)).body.impersonation_id;
  later(5);
  await server.database.query("delete from memberships where account_id = $1", [grace.account.id]);
  later(1);
  await server.settle();
  expect(await endOf(third)).toEqual(lapsed(server.clock.now(), "not_allowed_any_more"));
  expect(await endOf(first.id)).toEqual(running);
  later(1);
  expect((await end(second.id)).status).toBe(204);
  const endedByHand = await endOf(second.id);
  expect(endedByHand).toMatchObject({ at: server.clock.now(), by: operator.user.id, told: [[operator.user.id, { reason }]] });
  later(1);
  await server.request("POST", "/auth/logout", { body: { refresh_token: operator.refreshToken } });
  const signedOutAt = server.clock.now();
  later(60);
  await server.settle();
  expect(await endOf(first.id)).toEqual(lapsed(signedOutAt, "not_allowed_any_more"));
  expect(await endOf(second.id)).toEqual(endedByHand);
});

test.each<[string, () => Promise<unknown>]>([
  ["signs out", () => server.request("POST", "/auth/logout", { body: { refresh_token: operator.refreshToken } })],
  [
    "is an operator no more",
    async () => {
      await server.database.query("update users set is_operator = false where id = $1", [operator.user.id]);
      await server.app.db.asSystem("a test says what it changed", (tx) =>
        server.app.signals.publish(tx, "facts", `user:${operator.user.id}`),
      );
    },
  ],
])("it ends when the operator %s", async (_what, happens) => {
  const { token } = await impersonate();
  expect((await look(token)).status).toBe(200);
  await happens();
  expect((await look(token)).status).toBe(401);
});

test("it ends when whom they look as leaves the account, and goes on in a session of the operator that is another one's end", async () => {
  const second = await signIn(server, operator);
  const { token } = await impersonate();
  await server.request("POST", "/auth/logout", { body: { refresh_token: second.refreshToken } });
  expect((await look(token)).status).toBe(200);
  await server.database.query("delete from memberships where user_id = $1", [ada.user.id]);
  await server.app.db.asSystem("a test says what it changed", (tx) => server.app.signals.publish(tx, "facts", `user:${ada.user.id}`));
  expect((await look(token)).status).toBe(401);
});

test("nobody looks into an account that another operator is in, nor into one without people, nor without a reason", async () => {
  const colleague = await registerMember(server, ada, { role: "viewer" });
  await server.database.query("update users set is_operator = true where id = $1", [colleague.user.id]);
  expect(await ask(operator, ada.account.id)).toMatchObject({
    status: 403,
    body: { code: "impersonation_refused", reason: "operators_account" },
  });
  await server.database.query("delete from memberships where account_id = $1", [ada.account.id]);
  expect(await ask(operator, ada.account.id)).toMatchObject({ status: 403, body: { reason: "nobody_there" } });
  expect(await ask(operator, NOBODYS)).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  const path = `/admin/accounts/${ada.account.id}/impersonate`;
  expect((await server.request("POST", path, { token: operator.accessToken, body: {} })).status).toBe(422);
});

test("a session's token with the operator's name in it, and an impersonation's without, open nothing", async () => {
  const { id } = await impersonate();
  const { sessionId } = await server.app.tokens.verify(ada.accessToken);
  const claims = { userId: ada.user.id, accountId: ada.account.id };
  const forged = [
    await server.app.tokens.issue({ ...claims, sessionId: id }),
    ...(await Promise.all(
      [sessionId, id].map((session) =>
        server.app.tokens.issueImpersonation({
          ...claims,
          sessionId: session,
          operatorId: session === id ? ada.user.id : operator.user.id,
          expiresAt: addMinutes(server.clock.now(), 5).getTime(),
        }),
      ),
    )),
  ];
  for (const { token } of forged) expect(await look(token)).toMatchObject({ status: 401, body: { code: "session_ended" } });
});

test("it proves no password: a mail's link that is followed with it proves the address alone", async () => {
  const grace = await registerPerson(server);
  const { body } = await ask(operator, grace.account.id);
  const mail = await server.mailTo(grace.email);
  const link = mail.links.map((one) => new URL(one).searchParams.get("token")).find((one) => one !== null);
  await server.request("POST", "/auth/email/verify", { token: body.access_token, body: { token: link } });
  const [row] = await server.database.query("select password_proven_at from users where id = $1", [grace.user.id]);
  expect(row).toEqual({ password_proven_at: null });
});

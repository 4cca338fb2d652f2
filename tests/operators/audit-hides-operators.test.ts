import {
  openTestServer,
  type Person,
  readZip,
  registerMember,
  registerPerson,
  registerVerified,
  type TestServer,
} from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

/** Where operators act from: neither may be read by a customer. */
const OFFICE = "198.51.100.77";
const BROWSER = "the browser of our support";
const reason = "ticket 17";

interface Event {
  readonly action: string;
  readonly actor: { readonly id: string | null; readonly name: string } | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}
let server: TestServer;
let origin: string;
let operator: Person;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  origin = await server.listen();
});
afterAll(() => server.close());
beforeEach(async () => {
  operator = await registerVerified(server);
  await makeOperator(operator);
  ada = await registerPerson(server, { accountName: "Analytical Engines" });
});

const makeOperator = ({ user }: Person) => server.database.query("update users set is_operator = true where id = $1", [user.id]);
const act = async (method: string, path: string, body: object = { reason }, by = operator): Promise<Record<string, string>> => {
  const answer = await server.request(method, `/admin${path}`, {
    token: by.accessToken,
    body,
    ip: OFFICE,
    headers: { "user-agent": BROWSER },
  });
  expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(300);
  return Object(answer.body);
};
const trail = async () =>
  (await server.request<{ items: Event[] }>("GET", "/accounts/me/audit?limit=100", { token: ada.accessToken })).body.items;
async function exported(): Promise<ReadonlyMap<string, string>> {
  const answer = await fetch(`${origin}/api/v1/accounts/me/export`, { headers: { authorization: `Bearer ${ada.accessToken}` } });
  return readZip(Buffer.from(await answer.arrayBuffer()));
}

/** Every act that an operator can do for an account without a Stripe. */
async function everyAct(): Promise<void> {
  const account = `/accounts/${ada.account.id}`;
  await act("POST", `/users/${ada.user.id}/resend-verification`);
  await act("POST", `/users/${ada.user.id}/verify-email`);
  await act("POST", `/users/${ada.user.id}/unlock`);
  await act("POST", `${account}/trial-extension`, { days: 3, reason });
  const grant = await act("POST", `${account}/comp`, { plan: "team", until: null, reason });
  await act("DELETE", `${account}/comp/${grant["id"]}`);
  for (const [path, value] of [
    ["features/copilot", true],
    ["limits/seats", 9],
  ] as const) {
    await act("PUT", `${account}/${path}`, { value, reason });
    await act("DELETE", `${account}/${path}`, { reason, version: 1 });
  }
  const looked = await act("POST", `${account}/impersonate`);
  await act("POST", `/impersonations/${looked["impersonation_id"]}/end`);
  await server.request("DELETE", "/accounts/me", { token: ada.accessToken, body: { confirm: "Analytical Engines" } });
  await act("POST", `${account}/restore`);
}
const ACTS = [
  "account.restored",
  "grant.ended",
  "grant.given",
  "impersonation.ended",
  "impersonation.started",
  "override.removed",
  "override.set",
  "trial.extended",
  "user.unlocked",
  "user.verification_resent",
  "user.verified_by_operator",
];

test("the account's people read what an operator did and why, and not who it was nor from where", async () => {
  await everyAct();
  const events = await trail();
  const ours = events.filter(({ details }) => details["by"] === "operator");
  expect([...new Set(ours.map(({ action }) => action))].toSorted()).toEqual(ACTS);
  for (const event of ours)
    expect(event).toMatchObject({ actor: { id: null, name: "An operator" }, ip: null, user_agent: null, details: { reason } });
  const told = JSON.stringify(events);
  for (const secret of [operator.user.id, OFFICE, BROWSER]) expect(told).not.toContain(secret);
});

test("nor does the account's export say it, in any file", async () => {
  await everyAct();
  const files = await exported();
  const rows: Record<string, unknown>[] = JSON.parse(files.get("audit/audit.json") ?? "[]");
  const done = new Set(rows.map(({ action }) => String(action)));
  expect(ACTS.filter((action) => !done.has(action))).toEqual([]);
  expect(rows.find(({ action }) => action === "grant.given")).toMatchObject({
    actor_user_id: null,
    ip: null,
    user_agent: null,
    details: { reason, by: "operator" },
  });
  for (const [name, text] of files) for (const secret of [operator.user.id, OFFICE, BROWSER]) expect(text, name).not.toContain(secret);
});

test("operators read all of it", async () => {
  await act("POST", `/accounts/${ada.account.id}/trial-extension`, { days: 3, reason });
  const { body } = await server.request<{ audit: Event[] }>("GET", `/admin/accounts/${ada.account.id}`, { token: operator.accessToken });
  expect(body.audit.find(({ action }) => action === "trial.extended")).toMatchObject({
    actor: { id: operator.user.id, name: "An operator" },
    ip: OFFICE,
    user_agent: BROWSER,
  });
});

test("an operator who is in the account is named for what they do as its member, and not for what they do as an operator", async () => {
  const member = await registerMember(server, ada, { role: "admin" });
  await makeOperator(member);
  const home = { ip: "203.0.113.9", headers: { "user-agent": "a browser" } };
  await server.request("PATCH", "/accounts/me", { token: member.accessToken, body: { name: "Renamed" }, ...home });
  await act("POST", `/accounts/${ada.account.id}/trial-extension`, { days: 3, reason }, member);
  const events = await trail();
  const of = (action: string) => events.find((event) => event.action === action);
  expect(of("account.updated")).toMatchObject({ actor: { id: member.user.id }, ip: "203.0.113.9", user_agent: "a browser" });
  expect(of("trial.extended")).toMatchObject({ actor: { id: null, name: "An operator" }, ip: null, user_agent: null });
});

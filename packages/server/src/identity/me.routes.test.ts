import { openTestServer, type Person, registerMember, registerPerson, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const me = (person: Person) => server.request("GET", "/me", { token: person.accessToken });
const patch = (person: Person, body: unknown) => server.request("PATCH", "/me", { token: person.accessToken, body });

test("a person sees themself, their account, and what their role allows", async () => {
  const owner = await registerPerson(server, { name: "Grace Hopper" });
  const viewer = await registerMember(server, owner, { role: "viewer" });
  expect(await me(owner)).toMatchObject({
    status: 200,
    body: { user: { email: owner.email, name: "Grace Hopper", has_password: true }, account: { id: owner.account.id, role: "owner" } },
  });
  const seen = await me(viewer);
  expect(seen).toMatchObject({ body: { account: { id: owner.account.id, role: "viewer" } } });
  expect(seen.text).not.toMatch(/argon2|password_hash|password_proven_at|is_operator|email_normalised/);
});

test("a change is seen at once, also by another process that has the old facts", async () => {
  const person = await registerPerson(server);
  const other = await openTestServer({ beside: server, role: "api" });
  const there = async () => (await other.request<{ user: { name: string } }>("GET", "/me", { token: person.accessToken })).body.user.name;
  expect(await there()).toBe("Ada Lovelace");
  const change = { name: "Augusta Ada King", locale: "de-AT", role_at_signup: "Support lead" };
  expect(await patch(person, change)).toMatchObject({ status: 200, body: { user: change } });
  expect(await me(person)).toMatchObject({ body: { user: change } });
  await expect.poll(there, { timeout: 4000 }).toBe("Augusta Ada King");
  await other.close();
  expect(await patch(person, { role_at_signup: null })).toMatchObject({
    status: 200,
    body: { user: { role_at_signup: null, locale: "de-AT" } },
  });
});

test.each<[string, unknown]>([
  ["nothing", {}],
  ["no body", undefined],
  ["an address", { email: "eve@example.com" }],
  ["a role", { role: "owner" }],
  ["operatorship", { is_operator: true }],
  ["a verification", { email_verified_at: "2026-01-01T00:00:00.000Z" }],
  ["an empty name", { name: " " }],
  ["no name", { name: null }],
  ["a name of two lines", { name: "Ada\nLovelace" }],
  ["a name of ten thousand characters", { name: "a".repeat(10_000) }],
  ["a language that is none", { locale: "../../en" }],
])("a change to %s is refused, and nothing changes", async (_, body) => {
  const person = await registerPerson(server);
  expect(await patch(person, body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect(await me(person)).toMatchObject({ body: { user: person.user } });
});

test("an operator is no operator over the wire: nothing makes one but the command line", async () => {
  const person = await registerPerson(server);
  await patch(person, { name: "Operator" });
  const rows = await server.database.query("select is_operator from users where id = $1", [person.user.id]);
  expect(rows).toEqual([{ is_operator: false }]);
});

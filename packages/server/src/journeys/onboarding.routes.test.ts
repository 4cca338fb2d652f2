import type { AnswerOf, onboarding } from "@gatehouse/contract";
import {
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  type TestServer,
  testProduct,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

type Onboarding = AnswerOf<typeof onboarding.getOnboarding>;

let server: TestServer;
/** A second process, with facts of its own in its memory. */
let other: TestServer;
beforeAll(async () => {
  const product = { ...testProduct, welcomeSteps: ["first_thing"] };
  server = await openTestServer({ product });
  other = await openTestServer({ product, beside: server, role: "api" });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

const look = (person: Person, at = server) => at.request<Onboarding>("GET", "/onboarding", { token: person.accessToken });
const send = (person: Person, body: unknown, headers: Record<string, string> = {}) =>
  server.request<Onboarding>("PATCH", "/onboarding", { token: person.accessToken, body, headers });
const auditOf = (person: Person) =>
  server.database.query("select actor_user_id, target_id, details from audit_events where account_id = $1 and action = 'account.updated'", [
    person.account.id,
  ]);
/** Where the welcome stands: the steps that are done, and the current one. */
const standing = ({ body }: { body: Onboarding }) => ({
  done: body.welcome.steps.filter(({ state }) => state === "done").map(({ key }) => key),
  current: body.welcome.current,
});

test("whoever has just signed up is led through everything, and has answered nothing", async () => {
  const owner = await registerPerson(server, { accountName: "Analytical Engines" });
  const answer = await look(owner);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    welcome: {
      steps: [
        { key: "about_you", state: "current" },
        { key: "company", state: "ahead" },
        { key: "team", state: "ahead" },
        { key: "first_thing", state: "ahead" },
      ],
      current: "about_you",
      is_over: false,
    },
    answers: { role_at_signup: null, account_name: "Analytical Engines", company_size: null, industry: null, primary_use: null },
  });
});

test("each step takes its answers, and what is answered is what GET shows", async () => {
  const owner = await registerPerson(server);
  const company = { account_name: "Difference Ltd", company_size: "11-50", industry: "Mathematics", primary_use: "Tables" };
  expect(standing(await send(owner, { step: "about_you", role_at_signup: "Support lead" }))).toMatchObject({ current: "company" });
  const answer = await send(owner, { step: "company", ...company });
  expect(answer).toMatchObject({ status: 200, body: { answers: { role_at_signup: "Support lead", ...company } } });
  expect(standing(answer)).toEqual({ done: ["about_you", "company"], current: "team" });
  expect((await look(owner)).body).toEqual(answer.body);
  await send(owner, { step: "team" });
  expect((await send(owner, { step: "first_thing" })).body.welcome).toMatchObject({ current: null, is_over: true });
});

test("the welcome goes on where it was left, on another device too", async () => {
  const owner = await registerPerson(server);
  const left = await send(owner, { step: "company", industry: "Mathematics" });
  const elsewhere = await signIn(server, owner);
  expect((await look(elsewhere)).body).toEqual(left.body);
  expect((await look(elsewhere, other)).body).toEqual(left.body);
});

test("a step that is skipped leaves what was answered before, and null takes an answer back", async () => {
  const owner = await registerPerson(server);
  await send(owner, { step: "about_you", role_at_signup: "Support lead" });
  await send(owner, { step: "company", industry: "Mathematics", company_size: "1" });
  for (const step of ["about_you", "company"]) await send(owner, { step });
  expect((await look(owner)).body.answers).toMatchObject({ role_at_signup: "Support lead", industry: "Mathematics", company_size: "1" });
  await send(owner, { step: "about_you", role_at_signup: null });
  await send(owner, { step: "company", industry: null });
  expect((await look(owner)).body.answers).toMatchObject({ role_at_signup: null, industry: null, company_size: "1" });
});

test("a request that comes late changes the answer and not how far the welcome has come", async () => {
  const owner = await registerPerson(server);
  await send(owner, { step: "team" });
  const late = await send(owner, { step: "about_you", role_at_signup: "Support lead" });
  expect(late.body.answers.role_at_signup).toBe("Support lead");
  expect(standing(late)).toEqual({ done: ["about_you", "company", "team"], current: "first_thing" });
});

test("who skips the rest is done, and stays so", async () => {
  const owner = await registerPerson(server);
  expect((await send(owner, { skip_rest: true })).body.welcome).toMatchObject({ current: null, is_over: true });
  expect((await send(owner, { step: "about_you" })).body.welcome).toMatchObject({ current: null, is_over: true });
});

test.each(["member", "viewer"] as const)("a %s has a welcome of their own, which is about them alone", async (role) => {
  const owner = await registerPerson(server);
  const joined = await registerMember(server, owner, { role });
  const before = await look(joined);
  expect(before.body.welcome).toEqual({ steps: [{ key: "about_you", state: "current" }], current: "about_you", is_over: false });
  const after = await send(joined, { step: "about_you", role_at_signup: "Technician" });
  expect(after.body).toMatchObject({ welcome: { is_over: true }, answers: { role_at_signup: "Technician" } });
  expect(standing(await look(owner))).toEqual({ done: [], current: "about_you" });

  const second = await registerMember(server, owner, { role });
  await send(owner, { skip_rest: true });
  expect(standing(await look(second))).toEqual({ done: [], current: "about_you" });
  expect((await send(second, { skip_rest: true })).body.welcome.is_over).toBe(true);
});

test("an admin shares the welcome of the account with its owner", async () => {
  const owner = await registerPerson(server);
  const admin = await registerMember(server, owner, { role: "admin" });
  await send(admin, { step: "company", industry: "Mathematics" });
  expect(standing(await look(owner))).toEqual({ done: ["about_you", "company"], current: "team" });
  expect((await look(owner)).body.answers.industry).toBe("Mathematics");
});

test.each(["member", "viewer"] as const)("403: a %s answers nothing for the company, by whatever step", async (role) => {
  const owner = await registerPerson(server);
  const joined = await registerMember(server, owner, { role });
  for (const body of [
    { step: "company", industry: "Mathematics" },
    { step: "about_you", role_at_signup: "Technician", account_name: "Mine now" },
    { skip_rest: true, company_size: "1" },
    { step: "company", primary_use: null },
  ]) {
    expect(await send(joined, body)).toMatchObject({ status: 403, body: { code: "permission_denied" } });
  }
  expect((await look(joined)).body).toMatchObject({
    welcome: { current: "about_you" },
    answers: { role_at_signup: null, account_name: owner.account.name, company_size: null, industry: null },
  });
});

const onlyAt = (at: string, why?: string) => ({ problems: [{ at, ...(why === undefined ? {} : { why }) }] });
const STEPS = "must be one of about_you, company, team, first_thing";

test.each<[string, object, object]>([
  ["a step that there is not", { step: "billing" }, onlyAt("body.step", STEPS)],
  ["a step by a name of every object", { step: "__proto__" }, onlyAt("body.step", STEPS)],
  ["answers of another step", { step: "about_you", industry: "x" }, onlyAt("body.industry", "is no answer to this step")],
  ["one's own answer with the company's", { step: "company", industry: "x", role_at_signup: "x" }, onlyAt("body.role_at_signup")],
  ["answers to a step that asks nothing", { step: "team", industry: "x" }, onlyAt("body.industry")],
  ["answers while the rest is skipped", { skip_rest: true, role_at_signup: "x" }, onlyAt("body.role_at_signup")],
  ["neither step nor skip", { industry: "x" }, onlyAt("body", "must have either step or skip_rest")],
  ["both", { step: "team", skip_rest: true }, onlyAt("body", "must have either step or skip_rest")],
  ["a skip that is none", { skip_rest: false }, {}],
  ["an account without a name", { step: "company", account_name: " " }, onlyAt("body.account_name")],
  ["an account whose name is taken back", { step: "company", account_name: null }, onlyAt("body.account_name")],
  ["a name of two lines", { step: "company", account_name: "a\nBcc: b" }, onlyAt("body.account_name")],
  ["an answer that is too long", { step: "about_you", role_at_signup: "x".repeat(81) }, onlyAt("body.role_at_signup")],
  ["how far one would like to be", { step: "team", onboarding_step_completed: 9 }, {}],
])("422: %s", async (_, body, problem) => {
  const owner = await registerPerson(server);
  const before = await look(owner);
  expect(await send(owner, body)).toMatchObject({ status: 422, body: { code: "invalid_request", ...problem } });
  expect((await look(owner)).body).toEqual(before.body);
});

test("422: a member is told the one step that they have", async () => {
  const member = await registerMember(server, await registerPerson(server));
  const problem = onlyAt("body.step", "must be one of about_you");
  expect(await send(member, { step: "team" })).toMatchObject({ status: 422, body: { code: "invalid_request", ...problem } });
});

test("400 and 401: what is no JSON, and nobody", async () => {
  const owner = await registerPerson(server);
  expect((await send(owner, "{")).status).toBe(400);
  for (const method of ["GET", "PATCH"]) {
    expect((await server.request(method, "/onboarding", { body: { step: "team" } })).status, method).toBe(401);
  }
});

test("what became another in the account is audited by name and not by value, and nothing else is", async () => {
  const owner = await registerPerson(server, { accountName: "Analytical Engines" });
  const admin = await registerMember(server, owner, { role: "admin" });
  await send(owner, { step: "about_you", role_at_signup: "Support lead" });
  await send(owner, { step: "company" });
  expect(await auditOf(owner)).toEqual([]);
  await send(admin, { step: "company", account_name: "Analytical Engines", industry: "Mathematics", primary_use: "Tables" });
  await send(admin, { step: "company", industry: "Mathematics" });
  const details = { fields: "industry, primary_use" };
  expect(await auditOf(owner)).toEqual([{ actor_user_id: admin.user.id, target_id: owner.account.id, details }]);
});

test("a new name and a new job are seen at once, also by another process that has the old ones", async () => {
  const owner = await registerPerson(server);
  const there = async () => {
    const { body } = await other.request<{ user: object; account: object }>("GET", "/me", { token: owner.accessToken });
    return { ...body.user, ...body.account };
  };
  expect(await there()).toMatchObject({ role_at_signup: null, name: owner.account.name });
  await send(owner, { step: "about_you", role_at_signup: "Support lead" });
  await expect.poll(there, { timeout: 4000 }).toMatchObject({ role_at_signup: "Support lead" });
  await send(owner, { step: "company", account_name: "Difference Ltd" });
  await expect.poll(there, { timeout: 4000 }).toMatchObject({ name: "Difference Ltd", slug: owner.account.slug });
});

test.each<[string, object, object]>([
  ["about oneself", { step: "about_you", role_at_signup: "Support lead" }, { step: "about_you", role_at_signup: "Somebody else" }],
  ["about the company", { step: "company", industry: "Mathematics" }, { step: "company", industry: "Something else" }],
])("%s: the same request again with its key gets the same answer, and another one with that key is refused", async (_, body, another) => {
  const owner = await registerPerson(server);
  const key = { "idempotency-key": "a key of one step" };
  const first = await send(owner, body, key);
  await send(owner, { skip_rest: true });
  const again = await send(owner, body, key);
  expect(again).toMatchObject({ status: 200, headers: { "idempotency-replayed": "true" } });
  expect(again.body).toEqual(first.body);
  expect(await send(owner, another, key)).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  expect((await look(owner)).body).toMatchObject({ welcome: { is_over: true }, answers: first.body.answers });
});

test("whoever has lapsed, and whoever never verified, is led all the same", async () => {
  const start = server.clock.now();
  const people = [await registerVerified(server), await registerPerson(server)];
  server.clock.advanceDays(400);
  for (const person of people) {
    const back = await signIn(server, person);
    expect((await server.request("GET", "/things", { token: back.accessToken })).status).toBeGreaterThanOrEqual(402);
    expect((await look(back)).status).toBe(200);
    expect(standing(await send(back, { step: "company", industry: "Mathematics" }))).toMatchObject({ current: "team" });
  }
  server.clock.set(start);
});

import { addDays } from "@gatehouse/core";
import {
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  TEST_BASE_URL,
  type TestServer,
  testProduct,
} from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordFact } from "../access/history.store.ts";
import { editPlanLimit } from "../admin/edit-plan-limit.ts";
import { listLimits } from "../billing/catalogue.store.ts";

const product = { ...testProduct, catalogue: catalogueWithFlags };
let server: TestServer;
let env: Record<string, string>;
/** A command's clock is the world's: everything here was some days before, and the server had been there for long. */
let start: Date;
let now: Date;
beforeAll(async () => {
  server = await openTestServer({ product, at: new Date("2020-01-01T00:00:00Z") });
  env = { ...environmentOf(server.database), BASE_URL: TEST_BASE_URL };
  const [row] = await server.database.query<{ now: Date }>("select date_trunc('second', now()) as now");
  now = row?.now ?? new Date(0);
  start = addDays(now, -30);
  server.clock.set(now);
});
afterAll(() => server.close());

/** Somebody who came on the first day; the clock is back at today after. */
async function cameThen<T>(who: () => Promise<T>): Promise<T> {
  server.clock.set(start);
  const came = await who();
  server.clock.set(now);
  return came;
}
const explain = (words: string) => runCommand(`access explain ${words}`, env, { product });
const lines = async (words: string): Promise<string[]> => {
  const { code, stdout, stderr } = await explain(words);
  expect(code, stderr).toBe(0);
  return stdout.split("\n");
};
const at = (days: number) => addDays(start, days).toISOString();
const called = (person: Person) => `Ada Lovelace <${person.email}>, owner of Analytical Engines,`;

test("whoever is shut out is told first: by what, since when, and what mends it", async () => {
  const ada = await cameThen(() => registerVerified(server, { accountName: "Analytical Engines" }));
  const said = await lines(ada.account.slug);
  expect(said[0]).toMatch(
    new RegExp(`^Shut: ${called(ada)} is refused at \\S+: 402 subscription_required \\(trial_ended\\) since ${at(14)}\\.$`),
  );
  expect(said[1]).toMatch(/^The account's access is \w+; its plan is \w+, \w+\.$/);
  expect(said[2]).toBe(`What mends it: choose_plan, ${TEST_BASE_URL}/billing`);
  expect(said.join("\n")).toContain("requireVerifiedEmailAfterGrace passes");
  expect(said.join("\n")).toMatch(/requireActiveSubscription refuses: 402 .*; decided by trial \S+ since /);
});

test("of a moment that is over it says what was answered then", async () => {
  const ada = await cameThen(() => registerPerson(server, { accountName: "Analytical Engines" }));
  expect((await lines(`${ada.email} --at ${at(1)}`))[0]).toBe(
    `Open: ${called(ada)} got in at ${at(1)} until ${at(7)}, if nothing happens before.`,
  );
  expect((await lines(`${ada.email} --at ${at(8)}`))[0]).toBe(
    `Shut: ${called(ada)} was refused at ${at(8)}: 403 email_verification_required (grace_ended) since ${at(7)}.`,
  );
  expect((await lines(`${ada.email} --at ${at(-1)}`))[0]).toBe(
    `Ada Lovelace <${ada.email}> was no member of Analytical Engines at ${at(-1)}, or it is not recorded.`,
  );
});

test("what is known today does not change what was answered then, and is told beside it", async () => {
  const ada = await cameThen(() => registerVerified(server, { accountName: "Analytical Engines" }));
  // Today it is found out that they had a plan on that day.
  const value = { plan: "team", starts_at: at(15), until: null };
  const fact = {
    accountId: ada.account.id,
    kind: "grant",
    subjectId: ada.account.id,
    value,
    validFrom: addDays(start, 15),
    cause: "a test",
  } as const;
  await server.app.db.forAccount(ada.account.id, (tx) => recordFact(server.app, tx, fact));
  const said = await lines(`${ada.email} --at ${at(16)}`);
  expect(said[0]).toBe(`Shut: ${called(ada)} was refused at ${at(16)}: 402 subscription_required (trial_ended) since ${at(14)}.`);
  expect(said).toContain("By what is known today it would have been open.");
  expect(said).toContainEqual(expect.stringContaining(`  ${at(15)}  grant  a test (recorded at ${now.toISOString()})  {"plan":"team"`));
  expect(await lines(`${ada.email} --at ${at(8)}`)).not.toContainEqual(expect.stringContaining("would have been"));
  expect(await lines(`${ada.email} --at 2019-12-31T00:00:00Z`)).toContain(
    "Not recorded then, and taken as it is today: policy, catalogue.",
  );
});

test("whoever proved their address since was shut out then all the same", async () => {
  const ada = await cameThen(() => registerPerson(server, { accountName: "Analytical Engines" }));
  expect(await runCommand(`user verify ${ada.email} --reason x`, env, { product })).toMatchObject({ code: 0 });
  const said = await lines(`${ada.email} --at ${at(8)}`);
  expect(said[0]).toContain("was refused");
  expect(said).toContainEqual(expect.stringContaining("requireVerifiedEmailAfterGrace refuses: 403"));
  expect((await lines(ada.email))[0]).toContain("402 subscription_required");
});

test("of a moment to come it says what stands", async () => {
  const ada = await registerVerified(server, { accountName: "Analytical Engines" });
  const [soon, later] = [addDays(now, 5), addDays(now, 20)].map((day) => day.toISOString());
  expect((await lines(`${ada.email} --at ${soon}`))[0]).toContain(`Open: ${called(ada)} will get in at ${soon}`);
  expect((await lines(`${ada.email} --at ${later}`))[0]).toContain(`will be refused at ${later}: 402 subscription_required (trial_ended)`);
});

test("each flag and limit is told with its layer, and what an operator set with its reason and end", async () => {
  const ada = await registerVerified(server);
  const end = addDays(now, 3);
  await plantOverrides(server, ada.account.id, {
    features: { sso: { value: true, reason: "a pilot", expiresAt: end } },
    limits: { seats: { value: null, reason: "contract 12" } },
  });
  const said = (await lines(`${ada.account.id} --at ${addDays(now, 1).toISOString()}`)).join("\n");
  const trial = "plan_default, decided by trial \\S+ since \\S+Z";
  expect(said).toMatch(new RegExp(`\\n {2}copilot +true {2}${trial} until \\S+Z\\n`));
  expect(said).toMatch(/\n {2}search +true {2}flag_default, decided by catalogue\n/);
  const set = "account_override, decided by override";
  expect(said).toMatch(new RegExp(`\\n {2}sso +true {2}${set} feature:sso since \\S+ until ${end.toISOString()}; a pilot\\n`));
  expect(said).toMatch(new RegExp(`\\n {2}seats +unlimited {2}${set} limit:seats since \\S+; contract 12\\n`));
  expect(said).toMatch(new RegExp(`\\n {2}notes +3 {2}${trial}\\n`));
  expect(said).toMatch(/\n {2}\S+Z {2}trial {2}\S+ {2}\{"/);
});

test("of a moment that is over flags and limits are those of then, and what they are by today's catalogue is told beside them", async () => {
  const ada = await cameThen(() => registerVerified(server));
  const by = { userId: null, origin: { ip: null, userAgent: "a test" }, reason: "a test" };
  await server.app.db.asSystem("a test edits a plan", async (tx) => {
    const version = (await listLimits(tx)).find(({ plan, key }) => plan === "pro" && key === "exports")?.version ?? 0;
    await editPlanLimit(tx, server.app, by, { plan: "pro", key: "exports", value: 12, version });
  });
  const said = await lines(`${ada.email} --at ${at(3)}`);
  expect(said).toContainEqual(expect.stringMatching(/^ {2}exports +10 {2}plan_default, decided by trial/));
  expect(said).toContain("By what is known today, and today's catalogue: exports 12.");
});

test("for a machine it is what the route answers", async () => {
  const ada = await cameThen(() => registerVerified(server));
  // What it answers operators, whoever it is about.
  await server.database.query("update users set is_operator = true where id = $1", [ada.user.id]);
  for (const day of [3, 20]) {
    const { stdout } = await explain(`${ada.email} --at ${at(day)} --json`);
    const { accessToken } = await signIn(server, ada);
    const { body } = await server.request("GET", `/admin/accounts/${ada.account.id}/explain?at=${at(day)}`, { token: accessToken });
    expect(JSON.parse(stdout)).toEqual(body);
  }
});

test("it is about the first owner, about whose address names the account, or about who is named", async () => {
  const ada = await registerVerified(server);
  const grace = await registerMember(server, ada, { role: "viewer" });
  const about = async (words: string) => (await lines(words))[0];
  expect(await about(ada.account.id)).toContain(ada.email);
  expect(await about(grace.email)).toContain(`<${grace.email}>, viewer of`);
  expect(await about(`${ada.account.id} --user ${grace.email.toUpperCase()}`)).toContain(`<${grace.email}>, viewer of`);
});

test("whoever was removed is told that this is why", async () => {
  const ada = await registerVerified(server);
  const grace = await registerMember(server, ada);
  const { body } = await server.request<{ items: { id: string; user_id: string }[] }>("GET", "/accounts/me/members", {
    token: ada.accessToken,
  });
  const membership = body.items.find(({ user_id }) => user_id === grace.user.id)?.id;
  expect((await server.request("DELETE", `/accounts/me/members/${membership}`, { token: ada.accessToken })).status).toBe(204);
  expect(await explain(`${ada.account.id} --user ${grace.email}`)).toEqual({
    code: 1,
    stdout: "",
    stderr: `${grace.email} is no member of the account since ${server.clock.now().toISOString()}, when they left or were removed: that is why they do not get in.\n`,
  });
});

test("what cannot be asked is refused in plain words", async () => {
  const ada = await registerVerified(server);
  const other = await registerVerified(server);
  for (const [words, said] of [
    ["01890000-0000-7000-8000-000000000000", "There is no account"],
    [`${ada.account.id} --user nobody@example.com`, "No user has the address nobody@example.com."],
    [`${ada.account.id} --user nobody`, '"nobody" is no email address.'],
    [`${ada.account.id} --user ${other.email}`, `${other.email} is no member of the account: that is why they do not get in.`],
    [`${ada.account.id} --at yesterday`, "--at is an instant with its zone"],
    [`${ada.account.id} --at 2026-02-30T00:00:00Z`, "--at is an instant with its zone"],
    [`${ada.account.id} --at 9999-12-31T23:59:59-01:00`, "--at is an instant with its zone"],
  ] as const) {
    const { code, stdout, stderr } = await explain(words);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  }
});

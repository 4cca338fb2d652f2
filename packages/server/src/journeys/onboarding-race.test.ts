import { openTestServer, type Person, registerMember, registerPerson, type TestServer } from "@gatehouse/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
/** A second process, so that nothing within one process decides who is first. */
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server, role: "api" });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

interface Standing {
  readonly welcome: { readonly current: string | null; readonly is_over: boolean };
}
const send = (at: TestServer, person: Person, body: object) =>
  at.request<Standing>("PATCH", "/onboarding", { token: person.accessToken, body });
const look = async (person: Person) => (await server.request<Standing>("GET", "/onboarding", { token: person.accessToken })).body;

const STEPS = ["about_you", "company", "team"];
const OF_ACCOUNT = "select 1 from accounts where id = $1 for update";
const OF_MEMBERS = "select 1 from memberships where account_id = $1 for update";

test("steps that end at once, on two processes and in whatever order, leave the furthest one", async () => {
  const property = fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { minLength: 4, maxLength: 6 }), async (steps) => {
    const owner = await registerPerson(server);
    const requests = steps.map((step, index) => () => send(index % 2 === 0 ? server : other, owner, { step }));
    // Each has read that nothing is done, and waits to write how far it leads.
    const answers = await server.database.race(OF_ACCOUNT, [owner.account.id], requests);
    expect(answers.map(({ status }) => status)).toEqual(steps.map(() => 200));
    const furthest = Math.max(...steps.map((step) => STEPS.indexOf(step)));
    expect((await look(owner)).welcome.current).toBe(STEPS[furthest + 1] ?? null);
  });
  const { seed, failed, counterexample, errorInstance } = await fc.check(property, { numRuns: 12 });
  process.stdout.write(`steps at once: seed ${seed}\n`);
  expect({ failed, counterexample, why: String(errorInstance ?? "") }).toEqual({ failed: false, counterexample: null, why: "" });
});

test("who skips the rest while a tab finishes an earlier step is done", async () => {
  for (const isSkipFirst of [true, false]) {
    const owner = await registerPerson(server);
    const skip = () => send(server, owner, { skip_rest: true });
    const earlier = () => send(other, owner, { step: "about_you" });
    const requests = isSkipFirst ? [skip, earlier, earlier] : [earlier, earlier, skip];
    await server.database.race(OF_ACCOUNT, [owner.account.id], requests);
    expect((await look(owner)).welcome).toMatchObject({ current: null, is_over: true });
  }
});

test("a member's own welcome is raised once by two tabs, and the account's stays", async () => {
  const owner = await registerPerson(server);
  const member = await registerMember(server, owner);
  const answers = await server.database.race(
    OF_MEMBERS,
    [owner.account.id],
    [() => send(server, member, { step: "about_you", role_at_signup: "Technician" }), () => send(other, member, { skip_rest: true })],
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect((await look(member)).welcome.is_over).toBe(true);
  expect((await look(owner)).welcome.current).toBe("about_you");
});

test("two who answer for the company at once both leave their answer, and each is audited for their own", async () => {
  const owner = await registerPerson(server);
  const admin = await registerMember(server, owner, { role: "admin" });
  const requests = [
    () => send(server, owner, { step: "company", industry: "Mathematics" }),
    () => send(other, admin, { step: "company", company_size: "11-50" }),
  ];
  await server.database.race(OF_ACCOUNT, [owner.account.id], requests);
  expect(await look(owner)).toMatchObject({ answers: { industry: "Mathematics", company_size: "11-50" } });
  const audited = await server.database.query(
    "select actor_user_id, details->>'fields' as fields from audit_events where account_id = $1 and action = 'account.updated' order by details->>'fields'",
    [owner.account.id],
  );
  expect(audited).toEqual([
    { actor_user_id: admin.user.id, fields: "company_size" },
    { actor_user_id: owner.user.id, fields: "industry" },
  ]);
});

import { addDays } from "@gatehouse/core";
import {
  invite,
  openTestServer,
  type Person,
  registerPerson,
  registerVerified,
  TEST_PASSWORD,
  TEST_START,
  type TestServer,
  verifyPerson,
} from "@gatehouse/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
afterEach(() => server.clock.set(TEST_START));
let names = 0;
/** A name that no other test takes. */
const fresh = (stem: string): string => {
  names += 1;
  return `${stem}-${names}`;
};

interface Registered {
  readonly access_token: string;
  readonly account: { readonly id: string };
  readonly trial?: { readonly reason: string; readonly text: string; readonly mend: object };
}
const register = (email: string, more: object = {}) =>
  server.request<Registered>("POST", "/auth/register", { body: { email, password: TEST_PASSWORD, name: "Ada Lovelace", ...more } });
const stateOf = async (token: string) => Object((await server.request("GET", "/billing/state", { token })).body);
const erase = async (person: Person) => {
  const body = { confirm: person.account.name };
  expect((await server.request("DELETE", "/accounts/me", { token: person.accessToken, body })).status).toBe(200);
  await server.settle();
  server.clock.set(addDays(server.clock.now(), 15));
  await server.settle();
};
const claimsOf = (accountId: string) =>
  server.database.query("select kind, proven_at is not null as proven from trial_claims where account_id = $1 order by kind", [accountId]);

test("who comes first gets the trial, and nothing is said of it at sign-up", async () => {
  const answer = await register(`${fresh("ada")}@gmail.com`);
  expect(answer.status).toBe(201);
  expect(answer.body.trial).toBeUndefined();
  const state = await stateOf(answer.body.access_token);
  expect(state).toMatchObject({ subscription: { status: "trialing" }, trial: { granted: true, reason: null, text: null, mend: null } });
});

test.each([
  ["a tag", (name: string) => [`${name}@posteo.de`, `${name}+again@posteo.de`]],
  ["capitals and a tag", (name: string) => [`${name}+1@posteo.de`, `${name.toUpperCase()}+2@POSTEO.de`]],
  ["dots at Google", (name: string) => [`${name}@gmail.com`, `${[...name].join(".").replace(".-.", "-")}@gmail.com`]],
  ["Google's other name", (name: string) => [`${name}@gmail.com`, `${name}@googlemail.com`]],
])("the same mailbox under another spelling signs up, on the free plan, and is told why: %s", async (_, spell) => {
  const [first = "", second = ""] = spell(fresh("ada"));
  expect((await register(first)).body.trial).toBeUndefined();
  const again = await register(second);
  expect(again.status).toBe(201);
  const trial = {
    granted: false,
    reason: "trial_used_by_person",
    text: expect.stringContaining("talk to us"),
    mend: { action: "talk_to_us", url: "mailto:support@example.com" },
  };
  expect(again.body.trial).toEqual(trial);
  const state = await stateOf(again.body.access_token);
  expect(state).toMatchObject({
    trial,
    subscription: { status: "none", plan: "free", has_pro_entitlement: false, trial_ends_at: null },
    access: { reason: "no_subscription" },
    limits: { seats: { limit: 2, used: 1 } },
    plan_billing: { plan: "free", display_name: "Free" },
  });
  const things = await server.request("GET", "/things", { token: again.body.access_token });
  expect(things).toMatchObject({ status: 402, body: { code: "subscription_required", reason: "no_subscription" } });
});

test("what was refused claims nothing: it stands in nobody's way later", async () => {
  const name = fresh("ada");
  const company = `${fresh("acme")}.com`;
  await register(`${name}@${company}`);
  const colleague = await register(`grace@${company}`);
  expect(await claimsOf(colleague.body.account.id)).toEqual([]);
  const audited = await server.database.query("select details from audit_events where account_id = $1 and action = 'trial.refused'", [
    colleague.body.account.id,
  ]);
  expect(audited).toEqual([{ details: { reason: "trial_used_by_company" } }]);
});

test("a company has one trial, whatever department writes; a colleague is told to ask for an invite, and nobody is named", async () => {
  const company = fresh("acme");
  const first = await registerPerson(server, { email: `ada@${company}.co.uk`, accountName: "Secret Engines" });
  const second = await register(`grace@mail.${company}.co.uk`);
  expect(second.body.trial).toMatchObject({
    reason: "trial_used_by_company",
    text: expect.stringContaining("ask a colleague for an invite"),
  });
  const told = JSON.stringify([second.body, await stateOf(second.body.access_token)]);
  for (const hers of [first.email, first.account.id, first.user.id, "Secret Engines"]) expect(told).not.toContain(hers);
});

test("at mail for everybody, and at reserved names, each has a trial", async () => {
  for (const domain of ["gmail.com", "gmx.de", "example.com", "acme.test"]) {
    for (const name of [fresh("ada"), fresh("grace")]) expect((await register(`${name}@${domain}`)).body.trial, domain).toBeUndefined();
  }
});

test("a throw-away address signs up without a trial", async () => {
  const answer = await register(`${fresh("ada")}@mailinator.com`);
  expect(answer).toMatchObject({ status: 201, body: { trial: { granted: false, reason: "disposable_address" } } });
  expect(await claimsOf(answer.body.account.id)).toEqual([]);
});

test("who comes by an invite claims nothing, and keeps a trial of their own for later", async () => {
  const company = `${fresh("acme")}.com`;
  const owner = await registerPerson(server, { email: `ada@${company}` });
  const email = `${fresh("katherine")}@posteo.de`;
  const joined = await register(email, { invite_token: await invite(server, owner, email) });
  expect(joined).toMatchObject({ status: 201, body: { account: { id: owner.account.id } } });
  expect(joined.body.trial).toBeUndefined();
  expect(await claimsOf(owner.account.id)).toMatchObject([{ kind: "address" }, { kind: "company" }]);
  expect((await register(email.replace("@", "+own@"))).body.trial).toBeUndefined();
});

test("deleting and coming back is no second trial: not while the account waits, and not when it is erased", async () => {
  const company = `${fresh("vanishing")}.com`;
  const person = await registerVerified(server, { email: `ada@${company}`, accountName: "Vanishing" });
  await erase(person);
  const back = await register(person.email);
  expect(back).toMatchObject({ status: 201, body: { trial: { reason: "trial_used_by_person" } } });
  expect((await register(`grace@${company}`)).body.trial).toMatchObject({ reason: "trial_used_by_company" });
  expect(await claimsOf(person.account.id)).toEqual([
    { kind: "address", proven: true },
    { kind: "company", proven: true },
  ]);
});

test("of an erased account nothing is left of why it had no trial, nor of what was said when it got one after all", async () => {
  const company = `${fresh("forgotten")}.com`;
  await registerPerson(server, { email: `ada@${company}` });
  const person = await registerVerified(server, { email: `grace@${company}`, accountName: "Forgotten" });
  const refusals = () => server.database.query("select reason from trial_refusals where account_id = $1", [person.account.id]);
  expect(await refusals()).toEqual([{ reason: "trial_used_by_company" }]);
  await erase(person);
  expect(await refusals()).toEqual([]);
});

test("deleting oneself and coming back at once is no second trial either", async () => {
  const person = await registerVerified(server, { email: `${fresh("ada")}@posteo.de` });
  const gone = await server.request("DELETE", "/me", { token: person.accessToken, body: { password: person.password } });
  expect(gone.status).toBe(204);
  const back = await register(person.email);
  expect(back).toMatchObject({ status: 201, body: { trial: { reason: "trial_used_by_person" } } });
});

test("no word of the address or the company is kept, also not hashed without the server's key", async () => {
  const company = `${fresh("untraceable")}.com`;
  const person = await registerVerified(server, { email: `zephyrine@${company}`, accountName: "Nowhere" });
  await erase(person);
  const rows = await server.database.query<{ text: string; hash: Buffer }>("select t::text as text, hash from trial_claims t");
  expect(rows.length).toBeGreaterThanOrEqual(2);
  const { createHash } = await import("node:crypto");
  for (const value of [person.email, company]) {
    const plain = createHash("sha256").update(value).digest();
    for (const { text, hash } of rows) {
      expect(text).not.toContain(value);
      expect(hash.equals(plain)).toBe(false);
    }
  }
  const hashes = await server.database.query("select distinct hash from trial_claims where account_id = $1", [person.account.id]);
  expect(hashes).toHaveLength(2);
});

test("who typed a company's address and never proved it keeps its people from their trial only as long as the grace", async () => {
  const company = `${fresh("squatted")}.com`;
  const stranger = await registerPerson(server, { email: `nobody@${company}` });
  server.clock.set(new Date(addDays(TEST_START, 7).getTime() - 1));
  expect((await register(`early@${company}`)).body.trial).toMatchObject({ reason: "trial_used_by_company" });
  server.clock.set(addDays(TEST_START, 7));
  const colleague = await register(`ada@${company}`);
  expect(colleague.body.trial).toBeUndefined();
  expect(await claimsOf(colleague.body.account.id)).toMatchObject([{ kind: "address" }, { kind: "company" }]);
  expect(await claimsOf(stranger.account.id)).toMatchObject([{ kind: "address" }]);
});

test("a company's address that was proven is held for good", async () => {
  const company = `${fresh("proven")}.com`;
  const person = await registerPerson(server, { email: `ada@${company}` });
  expect(await claimsOf(person.account.id)).toMatchObject([{ proven: false }, { proven: false }]);
  await verifyPerson(server, person);
  server.clock.set(addDays(TEST_START, 400));
  expect((await register(`grace@${company}`)).body.trial).toMatchObject({ reason: "trial_used_by_company" });
});

test("an account from before trials were remembered is told of nothing", async () => {
  const person = await registerPerson(server);
  await server.database.query("delete from trials where account_id = $1", [person.account.id]);
  expect(await stateOf(person.accessToken)).toMatchObject({ trial: { granted: false, reason: null, text: null, mend: null } });
});

import { addDays } from "@gatehouse/core";
import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  signIn,
  type TestServer,
  testProduct,
  verifyPerson,
} from "@gatehouse/testkit";
import { plantFacts } from "@gatehouse/testkit/facts";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({
    product: {
      ...testProduct,
      checklist: [
        {
          key: "has_industry",
          title: "Say what you do",
          path: "/things",
          isDone: (account) => sql<boolean>`exists (select 1 from accounts where id = ${account} and industry is not null)`,
        },
        { key: "is_perfect", title: "Be perfect", path: null, isDone: () => sql<boolean>`false` },
      ],
    },
  });
});
afterAll(() => server.close());

interface Checklist {
  readonly items: { readonly key: string; readonly done: boolean; readonly path: string | null }[];
  readonly done: number;
  readonly total: number;
}
const checklist = async (person: Person) =>
  (await server.request<{ checklist: Checklist }>("GET", "/onboarding", { token: person.accessToken })).body.checklist;
const done = async (person: Person) => (await checklist(person)).items.filter((item) => item.done).map((item) => item.key);

test("of a new account nothing is done, and each item says where to do it, the product's own between ours", async () => {
  const { items, ...counts } = await checklist(await registerPerson(server));
  expect(items.map(({ key, done, path }) => [key, done, path])).toEqual([
    ["verified_email", false, "/verify-email"],
    ["has_industry", false, "/things"],
    ["is_perfect", false, null],
    ["invited_someone", false, "/team"],
    ["chose_plan", false, "/billing"],
  ]);
  expect(counts).toEqual({ done: 0, total: 5 });
});

test("verified_email is about who asks, and not about the account", async () => {
  const owner = await registerPerson(server);
  await verifyPerson(server, owner);
  const member = await registerMember(server, owner);
  await server.database.query("update users set email_verified_at = null where id = $1", [member.user.id]);
  expect(await done(owner)).toContain("verified_email");
  expect(await done(member)).not.toContain("verified_email");
  await server.database.query("update users set email_verified_at = null where id = $1", [owner.user.id]);
  expect(await done(owner)).not.toContain("verified_email");
});

test("a product's own item is done while its fact is there, and open again without it", async () => {
  const owner = await registerPerson(server);
  const stranger = await registerPerson(server);
  const answer = async (industry: string | null) =>
    await server.request("PATCH", "/onboarding", { token: owner.accessToken, body: { step: "company", industry } });
  expect(await answer("Mathematics")).toMatchObject({ body: { checklist: { done: 1 } } });
  expect(await done(owner)).toEqual(["has_industry"]);
  expect(await done(stranger)).toEqual([]);
  await answer(null);
  expect(await done(owner)).toEqual([]);
});

test("invited_someone is done by an invite that was not taken back", async () => {
  const owner = await registerPerson(server);
  await invite(server, owner, nextEmail());
  expect(await done(owner)).toEqual(["invited_someone"]);
  await server.database.query("update account_invites set revoked_at = $2 where account_id = $1", [owner.account.id, server.clock.now()]);
  expect(await done(owner)).toEqual([]);
});

test("invited_someone is done by a second member too, and undone when they are gone", async () => {
  const owner = await registerPerson(server);
  const member = await registerMember(server, owner);
  await server.database.query("update account_invites set revoked_at = $2 where account_id = $1", [owner.account.id, server.clock.now()]);
  expect(await done(owner)).toEqual(["invited_someone"]);
  await server.database.query("delete from memberships where user_id = $1", [member.user.id]);
  expect(await done(owner)).toEqual([]);
});

test("chose_plan is done by a subscription that lives, and undone when it ends", async () => {
  const owner = await registerPerson(server);
  const stripe = (status: string) => ({
    id: "sub_1",
    status,
    plan: "pro",
    currentPeriodEnd: addDays(server.clock.now(), 30),
    cancelAtPeriodEnd: false,
    endsAt: null,
    trialEndsAt: null,
    collectionPaused: null,
    seats: 1,
    pastDueSince: null,
    changedAt: server.clock.now(),
  });
  for (const status of ["active", "unpaid"]) {
    await plantFacts(server, owner.account.id, { stripe: [stripe(status)] });
    expect(await done(owner), status).toEqual(["chose_plan"]);
  }
  for (const status of ["canceled", "incomplete"]) {
    await plantFacts(server, owner.account.id, { stripe: [stripe(status)] });
    expect(await done(owner), status).toEqual([]);
  }
});

test("chose_plan is done by a grant while it runs, and by the clock alone it is open again", async () => {
  const owner = await registerPerson(server);
  const now = server.clock.now();
  await plantFacts(server, owner.account.id, { grants: [{ plan: "pro", startsAt: now, until: addDays(now, 1), reason: "pilot" }] });
  expect(await done(owner)).toEqual(["chose_plan"]);
  server.clock.advanceDays(1);
  expect(await done(await signIn(server, owner))).toEqual([]);
  server.clock.set(now);
});

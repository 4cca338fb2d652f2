import { addMilliseconds } from "@gatehouse/core";
import { invite, nextEmail, openTestServer, type Person, registerPerson, type TestServer } from "@gatehouse/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePeople, ownerless, type Role } from "./law-10/team.ts";

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

const deleteMe = (at: TestServer, person: Person) =>
  at.request<{ code?: string } | null>("DELETE", "/me", { token: person.accessToken, body: { password: person.password } });
const rowsOf = (sql: string, ...parameters: readonly unknown[]) => server.database.query(sql, parameters);

test("of two owners who delete themselves at once, exactly one goes, and the other is told that they are the last", async () => {
  const [ada, grace, member] = await makePeople(server, ["owner", "owner", "member"]);
  if (!ada || !grace || !member) throw new Error("three were made");
  const hold = "select 1 from memberships where account_id = $1 for update";
  const answers = await server.database.race(hold, [ada.account.id], [() => deleteMe(server, ada), () => deleteMe(other, grace)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([204, 409]);
  expect(answers.find((answer) => answer.status === 409)?.body).toMatchObject({ code: "last_owner" });
  expect(await ownerless(server)).toEqual([]);
  expect((await server.request("GET", "/me", { token: member.accessToken })).status).toBe(200);
});

test("where nobody else is in it, the last of two owners takes the account with them", async () => {
  const [ada, grace] = await makePeople(server, ["owner", "owner"]);
  if (!ada || !grace) throw new Error("two were made");
  const hold = "select 1 from memberships where account_id = $1 for update";
  const answers = await server.database.race(hold, [ada.account.id], [() => deleteMe(server, ada), () => deleteMe(other, grace)]);
  expect(answers.map((answer) => answer.status)).toEqual([204, 204]);
  expect(await rowsOf("select 1 from accounts where id = $1 and deleted_at is not null", ada.account.id)).toHaveLength(1);
  // Also while it waits to be erased.
  expect(await rowsOf("select role from memberships where account_id = $1", ada.account.id)).toEqual([{ role: "owner" }]);
});

/** What the requests are held at before they are let go together: nothing, the people, the memberships, or what is written last. */
const HOLDS = [
  "select 1 where $1::uuid is not null",
  "select 1 from users where id in (select user_id from memberships where account_id = $1) for update",
  "select 1 from memberships where account_id = $1 for update",
  "select 1 from memberships where account_id = $1 and role = 'owner' for update",
] as const;
const role = fc.constantFrom<Role>("owner", "admin", "member", "viewer");
const leaving = fc.shuffledSubarray([0, 1, 2], { minLength: 2 });

test("whoever of an account deletes themself at once with whom, every account that lives has an owner", async () => {
  await fc.assert(
    fc.asyncProperty(role, role, leaving, fc.constantFrom(...HOLDS), fc.boolean(), async (second, third, order, hold, isApart) => {
      const people = await makePeople(server, ["owner", second, third]);
      const leavers = order.flatMap((index) => people[index] ?? []);
      const requests = leavers.map((person, index) => () => deleteMe(isApart && index % 2 === 1 ? other : server, person));
      const account = leavers[0]?.account.id;
      // Nothing is held in the first way: they meet as it happens.
      const answers =
        hold === HOLDS[0] ? await Promise.all(requests.map((send) => send())) : await server.database.race(hold, [account], requests);

      for (const [index, answer] of answers.entries()) {
        const isGone = answer.status === 204;
        if (!isGone) expect(answer).toMatchObject({ status: 409, body: { code: "last_owner" } });
        const rows = await rowsOf("select 1 from users where id = $1 and deleted_at is null", leavers[index]?.user.id);
        expect(rows).toHaveLength(isGone ? 0 : 1);
      }
      expect(await ownerless(server)).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

test("two who are in the same two accounts, one here first and one there, can delete themselves at once", async () => {
  const [ada, grace] = [await registerPerson(server), await registerPerson(server)];
  // Each owns one account and has joined the other's, and a third owns both too: nobody is the last.
  const keeper = await registerPerson(server);
  for (const { account } of [ada, grace]) {
    for (const person of [ada, grace, keeper]) {
      await rowsOf(
        `insert into memberships (account_id, id, user_id, role, created_at) values ($1, $4, $2, 'owner', $3)
         on conflict (account_id, user_id) do nothing`,
        account.id,
        person.user.id,
        addMilliseconds(server.clock.now(), 1000),
        server.app.ids.next(),
      );
    }
  }
  // Each has left the first account and stands before the second.
  const answers = await server.database.race(
    "lock table audit_events in share mode",
    [],
    [() => deleteMe(server, ada), () => deleteMe(other, grace)],
  );
  expect(answers.map((answer) => answer.status)).toEqual([204, 204]);
  expect(await ownerless(server)).toEqual([]);
});

test("nobody joins an account by invite while its last owner takes it away", async () => {
  const owner = await registerPerson(server);
  const email = nextEmail();
  const body = { email, password: owner.password, name: "Grace Hopper", invite_token: await invite(server, owner, email) };
  const [gone, joined] = await server.database.race<{ status: number; body: unknown }>(
    "lock table access_history in share mode",
    [],
    [() => deleteMe(server, owner), () => other.request("POST", "/auth/register", { body })],
  );
  const [account] = await rowsOf("select deleted_at is null as lives from accounts where id = $1", owner.account.id);
  expect([gone?.status, joined?.status]).toEqual(account?.["lives"] ? [409, 201] : [204, 404]);
  expect(await ownerless(server)).toEqual([]);
});

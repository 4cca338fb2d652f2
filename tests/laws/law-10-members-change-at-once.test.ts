import { openTestServer, type TestServer, tokenIn } from "@gatehouse/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Action,
  deleteMe,
  demote,
  leave,
  makeTeam,
  offer,
  ownerless,
  type Role,
  remove,
  rolesOf,
  type Team,
  type Told,
  take,
  withdraw,
} from "./law-10/team.ts";

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

const rowsOf = (sql: string, ...parameters: readonly unknown[]) => server.database.query(sql, parameters);
/** What the requests are held at before they are let go together: the account, the memberships, or what is written last. */
const HOLDS = [
  "select 1 from accounts where id = $1 for update",
  "select 1 from memberships where account_id = $1 for update",
  "select 1 from memberships where account_id = $1 and role = 'owner' for update",
] as const;
/** Does all of it at once, in turn on both processes. @param hold null: they meet as it happens */
function race(team: Team, hold: string | null, actions: readonly Action[]): Promise<Told[]> {
  const sent = actions.map((act, index) => () => act(team, index % 2 === 0 ? server : other));
  return hold === null ? Promise.all(sent.map((send) => send())) : server.database.race(hold, [team.accountId], sent);
}
const said = (answers: readonly Told[]) => answers.map(({ status, body }) => (status < 400 ? "done" : (body?.code ?? String(status))));
async function offered(team: Team, taker: number, roleAfter: Role): Promise<void> {
  expect(await offer(0, taker, roleAfter)(team, server)).toMatchObject({ status: 201 });
}

/** Each is sent at once with the other; the outcomes that may be, as the answers to the two and the roles after them. */
type Outcome = readonly [first: string, second: string, ...roles: (Role | null)[]];
test.each<[string, Role[], { taker: number; roleAfter: Role } | null, Action, Action, Outcome[]]>([
  [
    "two owners demote each other: one stays, and the other is told",
    ["owner", "owner"],
    null,
    demote(0, 1, "admin"),
    demote(1, 0, "admin"),
    [
      ["done", "permission_denied", "owner", "admin"],
      ["permission_denied", "done", "admin", "owner"],
    ],
  ],
  [
    "two owners take each other out: one stays",
    ["owner", "owner"],
    null,
    remove(0, 1),
    remove(1, 0),
    [
      ["done", "session_ended", "owner", null],
      ["session_ended", "done", null, "owner"],
    ],
  ],
  [
    "two owners step down: one stays",
    ["owner", "owner"],
    null,
    demote(0, 0, "member"),
    demote(1, 1, "member"),
    [
      ["done", "last_owner", "member", "owner"],
      ["last_owner", "done", "owner", "member"],
    ],
  ],
  [
    "an owner leaves while the other steps down",
    ["owner", "owner", "member"],
    null,
    leave(0),
    demote(1, 1, "viewer"),
    [
      ["done", "last_owner", null, "owner", "member"],
      ["last_owner", "done", "owner", "viewer", "member"],
    ],
  ],
  [
    "an owner leaves while they demote the other one from another device",
    ["owner", "owner"],
    null,
    leave(0),
    demote(0, 1, "admin"),
    [
      ["done", "session_ended", null, "owner"],
      ["last_owner", "done", "owner", "admin"],
    ],
  ],
  [
    "an owner deletes themself while the other leaves",
    ["owner", "owner", "member"],
    null,
    deleteMe(0),
    leave(1),
    [
      ["done", "last_owner", null, "owner", "member"],
      ["last_owner", "done", "owner", null, "member"],
    ],
  ],
  [
    "an owner deletes themself while they are demoted by the other one, who stays",
    ["owner", "owner", "member"],
    null,
    deleteMe(0),
    demote(1, 0, "viewer"),
    [
      ["done", "member_not_found", null, "owner", "member"],
      ["done", "done", null, "owner", "member"],
    ],
  ],
  [
    "ownership is taken while its only owner deletes themself",
    ["owner", "member"],
    { taker: 1, roleAfter: "admin" },
    take(1),
    deleteMe(0),
    [
      ["done", "done", null, "owner"],
      ["done", "last_owner", "admin", "owner"],
    ],
  ],
  [
    "ownership is taken while its giver leaves",
    ["owner", "member"],
    { taker: 1, roleAfter: "admin" },
    take(1),
    leave(0),
    [
      ["done", "done", null, "owner"],
      ["done", "last_owner", "admin", "owner"],
    ],
  ],
  [
    "ownership is taken while another owner demotes its giver",
    ["owner", "owner", "member"],
    { taker: 2, roleAfter: "admin" },
    take(2),
    demote(1, 0, "viewer"),
    [
      ["done", "done", "viewer", "owner", "owner"],
      ["ownership_offer_void", "done", "viewer", "owner", "member"],
    ],
  ],
  [
    "ownership is taken while its giver withdraws the offer",
    ["owner", "member"],
    { taker: 1, roleAfter: "member" },
    take(1),
    withdraw(0),
    [
      ["done", "done", "member", "owner"],
      ["ownership_offer_not_found", "done", "owner", "member"],
    ],
  ],
  [
    "ownership is taken while its giver takes the other one out",
    ["owner", "member"],
    { taker: 1, roleAfter: "admin" },
    take(1),
    remove(0, 1),
    [
      ["done", "permission_denied", "admin", "owner"],
      ["ownership_offer_not_found", "done", "owner", null],
    ],
  ],
  [
    "ownership is taken twice",
    ["owner", "member"],
    { taker: 1, roleAfter: "admin" },
    take(1),
    take(1),
    [
      ["done", "ownership_offer_not_found", "admin", "owner"],
      ["ownership_offer_not_found", "done", "admin", "owner"],
    ],
  ],
])(
  "at once, on two processes: %s",
  async (_, roles, open, first, second, outcomes) => {
    for (const hold of HOLDS) {
      for (const isSwapped of [false, true]) {
        const made = await makeTeam(server, roles);
        if (open) await offered(made, open.taker, open.roleAfter);
        const answers = await race(made, hold, isSwapped ? [second, first] : [first, second]);
        const told = said(isSwapped ? answers.toReversed() : answers);
        expect(outcomes).toContainEqual([...told, ...(await rolesOf(server, made))]);
      }
    }
  },
  60_000,
);

test("to somebody who is taken out at the same moment nothing is offered, or the offer ends with them", async () => {
  for (const actions of [
    [offer(0, 1, "admin"), remove(0, 1)],
    [remove(0, 1), offer(0, 1, "admin")],
  ]) {
    const made = await makeTeam(server, ["owner", "member"]);
    const answers = said(await race(made, HOLDS[0], actions)).sort();
    expect([
      ["done", "done"],
      ["done", "member_not_found"],
    ]).toContainEqual(answers);
    const open = "select 1 from ownership_offers where account_id = $1 and accepted_at is null and ended_at is null";
    expect(await rowsOf(open, made.accountId)).toEqual([]);
  }
});

test("whoever took ownership stays when the one who once invited them turns out to have registered somebody else's address", async () => {
  const made = await makeTeam(server, ["owner", "admin", "member"]);
  const [, inviter, heir] = made.people;
  if (!inviter || !heir) throw new Error("three were made");
  await rowsOf("update memberships set invited_by = $1 where user_id = $2", inviter.user.id, heir.user.id);
  await offered(made, 2, "viewer");
  expect((await take(2)(made, server)).status).toBe(200);
  await rowsOf("update users set password_proven_at = null where id = $1", inviter.user.id);
  await server.request("POST", "/auth/password/forgot", { body: { email: inviter.email } });
  const body = { token: tokenIn(await server.mailTo(inviter.email)), password: "thicket-saddle-58-ember" };
  expect((await server.request("POST", "/auth/password/reset", { body })).status).toBe(204);
  expect(await rowsOf("select 1 from audit_events where action = 'user.evicted' and target_id = $1", inviter.user.id)).toHaveLength(1);
  expect(await rolesOf(server, made)).toEqual(["viewer", "admin", "owner"]);
});

const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin));
const who = fc.nat({ max: 2 });
const role = fc.constantFrom<Role>("owner", "admin", "member", "viewer");
const action = fc.oneof(
  fc.tuple(who, who, role).map(([actor, target, to]) => demote(actor, target, to)),
  fc.tuple(who, who).map(([actor, target]) => remove(actor, target)),
  who.map(leave),
  who.map(deleteMe),
  who.map(take),
);

test(`whatever the people of an account do to each other at once, an account that lives has an owner (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(role, role),
      fc.option(fc.record({ taker: fc.constantFrom(1, 2), roleAfter: role })),
      fc.array(action, { minLength: 2, maxLength: 5 }),
      fc.constantFrom(...HOLDS, null),
      async ([second, third], open, actions, hold) => {
        const made = await makeTeam(server, ["owner", second, third]);
        if (open && [second, third][open.taker - 1] !== "owner") await offered(made, open.taker, open.roleAfter);
        for (const { status } of await race(made, hold, actions)) expect(status).toBeLessThan(500);
        expect(await ownerless(server)).toEqual([]);
        // Also while it waits to be erased.
        expect(await rolesOf(server, made)).toContain("owner");
      },
    ),
    { numRuns: 40, seed },
  );
}, 120_000);

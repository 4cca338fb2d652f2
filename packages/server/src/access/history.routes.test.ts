import { openTestServer, registerMember, registerPerson, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

/** The newest word of the history on each fact, those that are gone left out. */
async function folded(accountId: string, kind: string): Promise<Record<string, unknown>> {
  const rows = await server.database.query(
    "select subject_id, value from access_history where account_id = $1 and kind = $2 order by recorded_at, id",
    [accountId, kind],
  );
  const facts = new Map<string, unknown>();
  for (const row of rows) facts.set(String(row["subject_id"]), row["value"]);
  return Object.fromEntries([...facts].filter(([, value]) => value !== null));
}
async function expectHistoryToBeTrue(accountId: string): Promise<void> {
  const members = await server.database.query("select id, user_id, role from memberships where account_id = $1", [accountId]);
  const membership = Object.fromEntries(members.map((row) => [String(row["id"]), { user_id: row["user_id"], role: row["role"] }]));
  expect(await folded(accountId, "membership")).toEqual(membership);

  const trials = await server.database.query("select id, plan, starts_at, ends_at from trials where account_id = $1", [accountId]);
  expect(await folded(accountId, "trial")).toEqual(
    Object.fromEntries(
      trials.map((row) => [row["id"], { plan: row["plan"], starts_at: iso(row["starts_at"]), ends_at: iso(row["ends_at"]) }]),
    ),
  );

  const people = await server.database.query(
    "select u.id, u.created_at, u.email_verified_at from users u join memberships m on m.user_id = u.id where m.account_id = $1",
    [accountId],
  );
  const verification = await folded(accountId, "email_verification");
  for (const person of people) {
    expect(verification[String(person["id"])]).toEqual({
      registered_at: iso(person["created_at"]),
      email_verified_at: person["email_verified_at"] === null ? null : iso(person["email_verified_at"]),
    });
  }
}
const iso = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);

test("after sign-up the history says what the facts say", async () => {
  const ada = await registerPerson(server);
  await expectHistoryToBeTrue(ada.account.id);
});

test("a verification is in the history of every account that the person is in", async () => {
  const ada = await registerPerson(server);
  await server.request("POST", "/auth/email/verify", { body: { token: tokenIn(await server.mailTo(ada.email)) } });
  await expectHistoryToBeTrue(ada.account.id);
});

test("a member who joins, and leaves by deleting themself, is in the history", async () => {
  const ada = await registerPerson(server);
  const grace = await registerMember(server, ada, { role: "member" });
  await expectHistoryToBeTrue(ada.account.id);
  const answer = await server.request("DELETE", "/me", { token: grace.accessToken, body: { password: grace.password } });
  expect(answer.status).toBe(204);
  await expectHistoryToBeTrue(ada.account.id);
});

test("an eviction by the address's owner takes the accomplice out of the history too", async () => {
  const stranger = await registerPerson(server);
  await registerMember(server, stranger, { role: "admin" });
  await server.request("POST", "/auth/password/forgot", { body: { email: stranger.email } });
  const token = tokenIn(await server.mailTo(stranger.email));
  const reset = await server.request("POST", "/auth/password/reset", { body: { token, password: "an owner's own words" } });
  expect(reset.status).toBe(204);
  await expectHistoryToBeTrue(stranger.account.id);
});

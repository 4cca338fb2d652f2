import { addDays, addMilliseconds } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, registerVerified, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runSweeps } from "../sweeps.ts";

let server: TestServer;
/** A second process, so that nothing within one process decides who reminds. */
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  other = await openTestServer({ beside: server });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

const SUBJECT = "Please confirm your email address for Testproduct";
const reminders = async (person: Person) => (await server.mailsTo(person.email)).filter(({ subject }) => subject === SUBJECT);
const count = async (person: Person): Promise<number> => (await reminders(person)).length;
/** Somebody new who has not verified, and the days since. */
async function newcomer() {
  const ada = await registerPerson(server);
  // The mail of registering goes before all others.
  await server.settle();
  const at = server.clock.now();
  return { ada, at: (days: number, milliseconds = 0) => server.clock.set(addMilliseconds(addDays(at, days), milliseconds)) };
}
const retryNow = () => server.database.query("update pgboss.job set start_after = now() where state = 'retry'");

test("on the third day and on the sixth, not a millisecond earlier, and each once", async () => {
  const { ada, at } = await newcomer();
  const seen: number[] = [];
  for (const [days, milliseconds] of [
    [3, -1],
    [3, 0],
    [4, 0],
    [6, -1],
    [6, 0],
    [7, 0],
    [30, 0],
  ] as const) {
    at(days, milliseconds);
    await server.settle();
    seen.push(await count(ada));
  }
  expect(seen).toEqual([0, 1, 1, 1, 2, 2, 2]);
});

test("the mail says until when it can wait and what happens then, and its fresh link confirms", async () => {
  const { ada, at } = await newcomer();
  const first = tokenIn(await server.mailTo(ada.email));
  at(3);
  const [mail] = await reminders(ada);
  const end = addDays(server.clock.now(), 4);
  const day = end.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  expect(mail?.text).toContain(`You can work without it until ${day}, `);
  expect(mail?.text).toContain("After that Testproduct is closed to you until you confirm it; nothing is lost.");
  const token = tokenIn(mail ?? { links: [], subject: "none" });
  expect(token).not.toBe(first);
  expect((await server.request("POST", "/auth/email/verify", { body: { token, password: ada.password } })).status).toBe(200);
  expect((await server.request("POST", "/auth/email/verify", { body: { token: first } })).body).toMatchObject({ code: "token_used" });
  at(6);
  expect(await count(ada)).toBe(1);
});

test("a clock that jumps over both days brings the later one only, and says that the grace is over", async () => {
  const { ada, at } = await newcomer();
  at(8);
  const mails = await reminders(ada);
  expect(mails).toHaveLength(1);
  expect(mails[0]?.text).toMatch(/Since .* Testproduct is closed to you until you confirm it\. Nothing is lost/);
  at(9);
  expect(await count(ada)).toBe(1);
});

test("what fell due longer ago than a week is not sent", async () => {
  const [{ ada, at }, grace] = [await newcomer(), await newcomer()];
  at(13, -1);
  expect(await count(ada)).toBe(1);
  await server.database.query("update users set verification_reminded_day = 0 where id = $1", [grace.ada.user.id]);
  at(13);
  await server.settle();
  expect(await count(grace.ada)).toBe(1);
});

test("nobody is reminded who has verified, who was deleted, or whom the address's owner threw out", async () => {
  const verified = await registerVerified(server);
  const { ada: deleted } = await newcomer();
  const { ada: evicted, at } = await newcomer();
  expect((await server.request("DELETE", "/me", { token: deleted.accessToken, body: { password: deleted.password } })).status).toBe(204);
  await server.request("POST", "/auth/password/forgot", { body: { email: evicted.email } });
  const token = tokenIn(await server.mailTo(evicted.email));
  expect((await server.request("POST", "/auth/password/reset", { body: { token, password: "walnut-harbor-comet-57" } })).status).toBe(204);
  at(3);
  expect([await count(verified), await count(deleted), await count(evicted)]).toEqual([0, 0, 0]);
});

test("who verifies while the reminder waits to be sent gets none", async () => {
  const { ada, at } = await newcomer();
  const token = tokenIn(await server.mailTo(ada.email));
  server.mailbox.pause();
  at(3);
  await server.settle();
  await server.request("POST", "/auth/email/verify", { body: { token, password: ada.password } });
  server.mailbox.resume();
  await retryNow();
  expect(await count(ada)).toBe(0);
});

test("a mail server that is away over both days leaves one mail, of the later", async () => {
  const { ada, at } = await newcomer();
  server.mailbox.pause();
  at(3);
  await server.settle();
  at(6);
  await server.settle();
  server.mailbox.resume();
  await retryNow();
  expect(await count(ada)).toBe(1);
});

test("two processes that sweep at once, again and again, remind each of many people once, a page a transaction", async () => {
  // More than two pages.
  const people = 450;
  const registeredAt = server.clock.now();
  await server.database.query(
    `insert into users (id, email, email_normalised, name, created_at, updated_at)
     select gen_random_uuid(), 'crowd-' || n || '@example.com', 'crowd-' || n || '@example.com', 'Crowd', $1, $1 from generate_series(1, $2::int) n`,
    [registeredAt, people],
  );
  const told = async () =>
    (
      await server.database.query<{ day: string; n: number }>(
        `select j.data->'data'->>'day' as day, count(*)::int as n from pgboss.job j
         join email_verification_tokens t on t.id = (j.data->'data'->>'tokenId')::uuid join users u on u.id = t.user_id
         where u.name = 'Crowd' and j.data->>'name' = 'mail.verification_reminder' group by 1 order by 1`,
      )
    ).map(({ day, n }) => [day, n]);
  // Whom one process holds the other leaves out; what is left is found at the next sweep.
  const sweep = async () => {
    await Promise.all([server, other, server, other].map(({ app }) => runSweeps(app)));
    await runSweeps(server.app);
  };
  server.clock.set(addDays(registeredAt, 3));
  await sweep();
  expect(await told()).toEqual([["3", people]]);
  server.clock.set(addDays(registeredAt, 6));
  await sweep();
  expect(await told()).toEqual([
    ["3", people],
    ["6", people],
  ]);
  await server.settle();
});

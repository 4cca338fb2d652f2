import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerPerson,
  signIn,
  TEST_PASSWORD,
  type TestServer,
  tokenIn,
  verifyPerson,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const NEXT_PASSWORD = "meadow-trumpet-violet-58";
const post = (path: string, body: unknown, token?: string) =>
  server.request("POST", path, { body, ...(token === undefined ? {} : { token }) });
/** Follows the link of the person's newest mail. */
const follow = async (person: Person, how: { password?: string; session?: string } = {}) =>
  post(
    "/auth/email/verify",
    { token: tokenIn(await server.mailTo(person.email)), ...(how.password === undefined ? {} : { password: how.password }) },
    how.session,
  );
async function facts(person: Person): Promise<{ isVerified: boolean; isProven: boolean }> {
  const [row] = await server.database.query<{ isVerified: boolean; isProven: boolean }>(
    'select email_verified_at is not null as "isVerified", password_proven_at is not null as "isProven" from users where id = $1',
    [person.user.id],
  );
  return row ?? { isVerified: false, isProven: false };
}
/** Asks for a reset when what was sent before has arrived: two mails that are sent at once arrive in any order. */
async function forgot(person: Person): Promise<number> {
  await server.settle();
  return (await post("/auth/password/forgot", { email: person.email })).status;
}
const newest = async (person: Person): Promise<string> => tokenIn(await server.mailTo(person.email));

/** Each does one thing with a person who just registered, and says with what status it is answered. */
const PROVES: [string, (person: Person) => Promise<number>, number][] = [
  ["following the link within the own session", async (person) => (await follow(person, { session: person.accessToken })).status, 200],
  ["following the link with the right password", async (person) => (await follow(person, { password: person.password })).status, 200],
  [
    "a reset by mail",
    async (person) => {
      await forgot(person);
      return (await post("/auth/password/reset", { token: await newest(person), password: NEXT_PASSWORD })).status;
    },
    204,
  ],
  [
    "claiming the address",
    async (person) => {
      await server.settle();
      await post("/auth/register", { email: person.email, password: NEXT_PASSWORD, name: "Grace Hopper" });
      return (await post("/auth/password/reset", { token: await newest(person), password: NEXT_PASSWORD })).status;
    },
    204,
  ],
];
test.each(PROVES)("%s proves the address and who set the password", async (_, act, status) => {
  const person = await registerPerson(server);
  expect(await facts(person)).toEqual({ isVerified: false, isProven: false });
  expect(await act(person)).toBe(status);
  expect(await facts(person)).toEqual({ isVerified: true, isProven: true });
});

test("registering by an invite proves both, for its token came by mail", async () => {
  const owner = await registerPerson(server);
  const email = nextEmail();
  const member = await registerPerson(server, { email, inviteToken: await invite(server, owner, email) });
  expect(await facts(member)).toEqual({ isVerified: true, isProven: true });
});

const PROVES_THE_ADDRESS_ALONE: [string, (person: Person) => Promise<number>][] = [
  ["without a session", async (person) => (await follow(person)).status],
  [
    "within the session of somebody else",
    async (person) => (await follow(person, { session: (await registerPerson(server)).accessToken })).status,
  ],
  [
    "within a session of theirs that has ended",
    async (person) => {
      await post("/auth/logout", { refresh_token: person.refreshToken });
      return (await follow(person, { session: person.accessToken })).status;
    },
  ],
  ["with a session that is made up", async (person) => (await follow(person, { session: "not.a.token" })).status],
];
test.each(PROVES_THE_ADDRESS_ALONE)("following the link %s proves the address, and not who set the password", async (_, act) => {
  const person = await registerPerson(server);
  expect(await act(person)).toBe(200);
  expect(await facts(person)).toEqual({ isVerified: true, isProven: false });
});

const PROVES_NOTHING: [string, (person: Person) => Promise<number>, number][] = [
  ["following the link with a wrong password", async (person) => (await follow(person, { password: NEXT_PASSWORD })).status, 401],
  ["signing in", async (person) => (await post("/auth/login", { email: person.email, password: person.password })).status, 200],
  ["refreshing", async (person) => (await post("/auth/refresh", { refresh_token: person.refreshToken })).status, 200],
  [
    "changing the password",
    async (person) =>
      (await post("/auth/password/change", { current_password: person.password, new_password: NEXT_PASSWORD }, person.accessToken)).status,
    204,
  ],
  ["asking for another link", async (person) => (await post("/auth/email/resend", { email: person.email })).status, 202],
  ["asking for a reset", forgot, 202],
  [
    "opening the page of the link, as a mail scanner does",
    async (person) => (await server.request("GET", `/verify-email?token=${await newest(person)}`)).status,
    200,
  ],
  [
    "changing the name",
    async (person) => (await server.request("PATCH", "/me", { body: { name: "Grace" }, token: person.accessToken })).status,
    200,
  ],
];
test.each(PROVES_NOTHING)("%s proves nothing", async (_, act, status) => {
  const person = await registerPerson(server);
  expect(await act(person)).toBe(status);
  await server.settle();
  expect(await facts(person)).toEqual({ isVerified: false, isProven: false });
});

test("an address that is proven without its password stays unproven until a reset, whatever its holder does", async () => {
  const person = await registerPerson(server);
  await follow(person);
  await signIn(server, person);
  await post("/auth/password/change", { current_password: TEST_PASSWORD, new_password: NEXT_PASSWORD }, person.accessToken);
  expect(await facts(person)).toEqual({ isVerified: true, isProven: false });
  // No new link is sent to a verified address: there is none that could be followed within the session.
  await post("/auth/email/resend", { email: person.email });
  await server.settle();
  const open = await server.database.query("select id from email_verification_tokens where user_id = $1 and consumed_at is null", [
    person.user.id,
  ]);
  expect(open).toEqual([]);
});

test("a proof is not lost by a second one", async () => {
  const person = await registerPerson(server);
  await verifyPerson(server, person);
  server.clock.advanceSeconds(60);
  await forgot(person);
  expect((await post("/auth/password/reset", { token: await newest(person), password: NEXT_PASSWORD })).status).toBe(204);
  expect(await facts(person)).toEqual({ isVerified: true, isProven: true });
});

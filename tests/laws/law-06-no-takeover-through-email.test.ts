import {
  invite,
  nextEmail,
  openTestServer,
  type Person,
  registerMember,
  registerPerson,
  registerVerified,
  signIn,
  type TestServer,
  tokenIn,
  verifyPerson,
} from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

let server: TestServer;
/** A second process: what one is told of, the other must not serve from what it remembers. */
let other: TestServer;
beforeAll(async () => {
  server = await openTestServer({ product: resolutionFlow });
  other = await openTestServer({ product: resolutionFlow, beside: server, role: "api" });
});
afterAll(async () => {
  await other.close();
  await server.close();
});

const ATTACKERS_PASSWORD = "obsidian-kettle-parade-31";
const OWNERS_PASSWORD = "meadow-trumpet-violet-58";

/** Everything by which somebody can get in. */
interface Grip {
  readonly email: string;
  readonly passwords: readonly string[];
  readonly accessTokens: readonly string[];
  readonly refreshTokens: readonly string[];
}
const gripOf = (...people: readonly Person[]): Grip => ({
  email: people[0]?.email ?? "",
  passwords: people.map((person) => person.password),
  accessTokens: people.map((person) => person.accessToken),
  refreshTokens: people.map((person) => person.refreshToken),
});

/** Nothing that was ever gained opens anything, in neither process. */
async function expectOut(grip: Grip): Promise<void> {
  for (const token of grip.accessTokens) {
    expect(await server.request("GET", "/me", { token })).toMatchObject({ status: 401, body: { code: "session_ended" } });
    // Well below the five seconds after which a process asks again by itself: it has been told.
    await vi.waitFor(async () => expect((await other.request("GET", "/me", { token })).status).toBe(401), { timeout: 4000 });
  }
  for (const refreshToken of grip.refreshTokens) {
    const answer = await server.request("POST", "/auth/refresh", { body: { refresh_token: refreshToken } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(401);
  }
  for (const password of grip.passwords) {
    const answer = await server.request("POST", "/auth/login", { body: { email: grip.email, password, transport: "body" } });
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_credentials" } });
  }
}

/** Nobody of the account but its owner can act in it. */
async function expectAlone(owner: Person): Promise<void> {
  const members = await server.database.query("select user_id, role from memberships where account_id = $1", [owner.account.id]);
  expect(members).toEqual([{ user_id: owner.user.id, role: "owner" }]);
}

const registerAsAttacker = (email = nextEmail()): Promise<Person> => registerPerson(server, { email, password: ATTACKERS_PASSWORD });
const ownerSignsIn = (email: string): Promise<Person> => signIn(server, { email, password: OWNERS_PASSWORD });

/** The owner of the address asks for a reset. @returns the token of the mail */
async function forgot(email: string): Promise<string> {
  // What was sent before has arrived: two mails that are sent at once arrive in any order.
  await server.settle();
  expect((await server.request("POST", "/auth/password/forgot", { body: { email } })).status).toBe(202);
  return tokenIn(await server.mailTo(email));
}
const useReset = (token: string, password = OWNERS_PASSWORD) =>
  server.request("POST", "/auth/password/reset", { body: { token, password } });
async function reset(email: string): Promise<void> {
  expect((await useReset(await forgot(email))).status).toBe(204);
}
/** The owner tries to register, is told that the address is taken, and claims it by the mail that follows. */
async function claim(email: string): Promise<void> {
  await server.settle();
  const body = { email, password: OWNERS_PASSWORD, name: "Grace Hopper" };
  expect(await server.request("POST", "/auth/register", { body })).toMatchObject({ status: 409, body: { code: "email_taken" } });
  const mail = await server.mailTo(email);
  expect(mail.links.some((link) => link.includes("claim=1"))).toBe(true);
  expect((await useReset(tokenIn(mail))).status).toBe(204);
}
/** The owner clicks the first mail, on a device where nobody is signed in. */
async function clickWithoutSession(email: string): Promise<void> {
  const token = tokenIn(await server.mailTo(email));
  expect((await server.request("POST", "/auth/email/verify", { body: { token } })).status).toBe(200);
}

async function clickAndResetLater(email: string): Promise<void> {
  await clickWithoutSession(email);
  await reset(email);
}

test.each<[string, (email: string) => Promise<void>]>([
  ["resets the password", reset],
  ["claims the address by the mail that says it is taken", claim],
  ["clicks the verification mail without a session, and resets later", clickAndResetLater],
])("whoever registered an address first is out for good when its owner %s", async (_, arrive) => {
  const attacker = await registerAsAttacker();
  const onAnotherDevice = await signIn(server, attacker);
  const { body } = await server.request("POST", "/auth/refresh", { body: { refresh_token: attacker.refreshToken } });
  const refreshed = { ...attacker, accessToken: String(body["access_token"]), refreshToken: String(body["refresh_token"]) };
  // Both processes remember the sessions.
  for (const process of [server, other]) expect((await process.request("GET", "/me", { token: refreshed.accessToken })).status).toBe(200);

  await arrive(attacker.email);

  const owner = await ownerSignsIn(attacker.email);
  expect(owner.account.id).toBe(attacker.account.id);
  await expectOut(gripOf(attacker, onAnotherDevice, refreshed));
  await expectAlone(owner);
});

test("an attacker who is at work at the very moment of the reset keeps nothing of what is won meanwhile", async () => {
  for (let round = 0; round < 3; round += 1) {
    const attacker = await registerAsAttacker();
    const token = await forgot(attacker.email);
    const { user, email, password, refreshToken, accessToken } = attacker;
    const login = () => server.request("POST", "/auth/login", { body: { email, password, transport: "body" } });
    const refresh = () => other.request("POST", "/auth/refresh", { body: { refresh_token: refreshToken } });
    const change = () =>
      other.request("POST", "/auth/password/change", {
        token: accessToken,
        body: { current_password: password, new_password: `${ATTACKERS_PASSWORD}-2` },
      });
    // All come to the user's sessions before any of them goes on.
    const hold = "select 1 from sessions where user_id = $1 for update";
    const atOnce = [() => useReset(token), change, login, refresh, login, refresh];
    const [first, , ...won] = await server.database.race(hold, [user.id], atOnce);
    // The change may have come first, and taken the link with it: then the owner asks for another one.
    if (first?.status !== 204) await reset(email);

    const got = won.filter((answer) => answer.status === 200).map((answer) => answer.body);
    await ownerSignsIn(email);
    await expectOut({
      email,
      passwords: [password, `${ATTACKERS_PASSWORD}-2`],
      accessTokens: [accessToken, ...got.map((body) => String(body["access_token"]))],
      refreshTokens: [refreshToken, ...got.map((body) => String(body["refresh_token"]))],
    });
  }
});

test("whom the attacker let in is thrown out with them, and open invites are worth nothing", async () => {
  const attacker = await registerAsAttacker();
  const accomplice = await registerMember(server, attacker, { role: "admin" });
  const invited = nextEmail();
  const token = await invite(server, attacker, invited);
  expect((await other.request("GET", "/me", { token: accomplice.accessToken })).status).toBe(200);

  await reset(attacker.email);

  await expectAlone(await ownerSignsIn(attacker.email));
  await vi.waitFor(async () => expect((await other.request("GET", "/me", { token: accomplice.accessToken })).status).toBe(401), {
    timeout: 4000,
  });
  expect((await server.request("GET", "/trees", { token: accomplice.accessToken })).status).toBe(401);
  const refreshed = await server.request("POST", "/auth/refresh", { body: { refresh_token: accomplice.refreshToken } });
  expect(refreshed).toMatchObject({ status: 403, body: { code: "no_account" } });
  const late = { email: invited, password: ATTACKERS_PASSWORD, name: "Ada Lovelace", invite_token: token };
  expect(await server.request("POST", "/auth/register", { body: late })).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
});

test.each([
  ["both stand before the invite", "select 1 from account_invites where $1::uuid is not null for update"],
  ["the accomplice has taken the invite", "lock table memberships in share mode"],
])("an accomplice who registers by invite at the very moment of the reset is not left in, when %s", async (_, hold) => {
  const attacker = await registerAsAttacker();
  const email = nextEmail();
  const body = { email, password: ATTACKERS_PASSWORD, name: "Ada Lovelace", invite_token: await invite(server, attacker, email) };
  const token = await forgot(attacker.email);
  const parameters = hold.includes("$1") ? [attacker.account.id] : [];
  const register = () => other.request("POST", "/auth/register", { body });
  const [owners, accomplices] = await server.database.race(hold, parameters, [() => useReset(token), register]);
  expect(owners?.status).toBe(204);
  expect([201, 410]).toContain(accomplices?.status);
  await expectAlone(await ownerSignsIn(attacker.email));
});

test("no link that was sent before the owner came works after", async () => {
  const attacker = await registerAsAttacker();
  const verification = tokenIn(await server.mailTo(attacker.email));
  const body = { email: attacker.email, password: ATTACKERS_PASSWORD, name: "Ada Lovelace" };
  expect((await server.request("POST", "/auth/register", { body })).status).toBe(409);
  const claimToken = tokenIn(await server.mailTo(attacker.email));
  const olderReset = await forgot(attacker.email);
  await reset(attacker.email);

  const verify = await server.request("POST", "/auth/email/verify", { body: { token: verification, password: ATTACKERS_PASSWORD } });
  expect(verify).toMatchObject({ status: 410, body: { code: "token_used" } });
  for (const token of [claimToken, olderReset]) {
    expect(await useReset(token, ATTACKERS_PASSWORD)).toMatchObject({ status: 410, body: { code: "token_used" } });
  }
  await ownerSignsIn(attacker.email);
});

test("whoever registered an address and deleted themself has nothing of the user who registers it next", async () => {
  const attacker = await registerAsAttacker();
  const verification = tokenIn(await server.mailTo(attacker.email));
  const resetToken = await forgot(attacker.email);
  const pending = await invite(server, attacker, nextEmail());
  const gone = await server.request("DELETE", "/me", { token: attacker.accessToken, body: { password: ATTACKERS_PASSWORD } });
  expect(gone.status).toBe(204);

  const owner = await registerPerson(server, { email: attacker.email, password: OWNERS_PASSWORD });
  await verifyPerson(server, owner);
  expect(owner.user.id).not.toBe(attacker.user.id);
  await expectOut(gripOf(attacker));
  expect([404, 410]).toContain((await server.request("POST", "/auth/email/verify", { body: { token: verification } })).status);
  expect([404, 410]).toContain((await useReset(resetToken)).status);
  const late = { email: nextEmail(), password: ATTACKERS_PASSWORD, name: "Ada Lovelace", invite_token: pending };
  expect((await server.request("POST", "/auth/register", { body: late })).status).toBe(404);
  expect((await server.request("GET", "/me", { token: owner.accessToken })).status).toBe(200);
});

test("work done before the owner came is still there after", async () => {
  const early = await registerAsAttacker();
  const tree = { title: "Printer", root: "end", nodes: [{ id: "end", kind: "answer", text: "Switch it on." }] };
  const made = await server.request("POST", "/trees", { token: early.accessToken, body: tree });
  expect(made.status).toBe(201);
  await reset(early.email);
  const owner = await ownerSignsIn(early.email);
  expect(await server.request("GET", `/trees/${String(made.body["id"])}`, { token: owner.accessToken })).toMatchObject({
    status: 200,
    body: { title: "Printer" },
  });
});

test("a reset by an owner who had proven themself ends the sessions and leaves the team alone", async () => {
  const owner = await registerVerified(server, { password: OWNERS_PASSWORD });
  const member = await registerMember(server, owner);
  const invited = nextEmail();
  const token = await invite(server, owner, invited);
  expect((await useReset(await forgot(owner.email), ATTACKERS_PASSWORD)).status).toBe(204);
  await expectOut(gripOf(owner));
  expect((await server.request("GET", "/me", { token: member.accessToken })).status).toBe(200);
  expect((await registerPerson(server, { email: invited, inviteToken: token })).account.id).toBe(owner.account.id);
});

test("whom an accomplice let in is thrown out too, and what they sent is worth nothing", async () => {
  const attacker = await registerAsAttacker();
  const accomplice = await registerMember(server, attacker, { role: "admin" });
  const second = await registerMember(server, accomplice, { role: "admin" });
  const invited = nextEmail();
  const token = await invite(server, second, invited);
  await reset(attacker.email);
  await expectAlone(await ownerSignsIn(attacker.email));
  expect((await server.request("GET", "/me", { token: second.accessToken })).status).toBe(401);
  const late = { email: invited, password: ATTACKERS_PASSWORD, name: "Ada Lovelace", invite_token: token };
  expect(await server.request("POST", "/auth/register", { body: late })).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
});

test("what an accomplice did in an account of their own is left alone", async () => {
  const attacker = await registerAsAttacker();
  const accomplice = await registerVerified(server);
  const friend = await registerMember(server, accomplice);
  await server.database.query(
    "insert into memberships (account_id, id, user_id, role, invited_by, created_at) values ($1, $2, $3, 'admin', $4, $5)",
    [attacker.account.id, server.app.ids.next(), accomplice.user.id, attacker.user.id, server.clock.now()],
  );
  await reset(attacker.email);
  await expectAlone(await ownerSignsIn(attacker.email));
  expect((await server.request("GET", "/me", { token: friend.accessToken })).status).toBe(200);
});

test("an attacker cannot keep the owner out by changing the password whenever a reset link is sent", async () => {
  const attacker = await registerAsAttacker();
  const token = await forgot(attacker.email);
  const body = { current_password: ATTACKERS_PASSWORD, new_password: `${ATTACKERS_PASSWORD}-2` };
  expect((await server.request("POST", "/auth/password/change", { token: attacker.accessToken, body })).status).toBe(204);
  expect((await useReset(token)).status).toBe(204);
});

import {
  invite,
  nextEmail,
  openTestServer,
  registerPerson,
  registerVerified,
  signIn,
  TEST_PASSWORD,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const form = (over: Record<string, unknown> = {}) => ({ email: nextEmail(), password: TEST_PASSWORD, name: "Ada Lovelace", ...over });
const post = (body: unknown) =>
  server.request<{ code: string; user: { id: string }; account: { id: string } }>("POST", "/auth/register", { body });
const countOf = async (table: string): Promise<number> =>
  Number((await server.database.query(`select count(*) as n from ${table}`))[0]?.["n"]);
const peopleAndAccounts = async () => [
  await countOf("users"),
  await countOf("accounts"),
  await countOf("sessions"),
  await countOf("trials"),
];

test("a stranger is signed in at once, as owner of an account whose Pro trial ends in fourteen days", async () => {
  const body = form({ account_name: "Analytical Engines" });
  const answer = await post(body);
  expect(answer).toMatchObject({
    status: 201,
    body: {
      token_type: "Bearer",
      expires_in: 600,
      user: { email: body.email, name: "Ada Lovelace", email_verified_at: null, has_password: true },
      account: { name: "Analytical Engines", role: "owner" },
    },
  });
  const { user, account } = answer.body;
  const trials = await server.database.query("select plan, ends_at - starts_at = '14 days' as fourteen from trials where account_id = $1", [
    account.id,
  ]);
  expect(trials).toEqual([{ plan: "pro", fourteen: true }]);
  const history = await server.database.query("select kind from access_history where account_id = $1 order by kind", [account.id]);
  expect(history.map((row) => row["kind"])).toEqual(["email_verification", "membership", "trial"]);
  const audited = await server.database.query("select action, actor_user_id from audit_events where account_id = $1", [account.id]);
  expect(audited).toEqual([{ action: "user.registered", actor_user_id: user.id }]);
  expect(tokenIn(await server.mailTo(body.email))).toMatch(/^[\w-]{43}$/);
});

test("an account without a name is named after its owner, however long the name", async () => {
  expect(await post(form({ name: "Grace Hopper" }))).toMatchObject({ status: 201, body: { account: { name: "Grace Hopper's team" } } });
  expect(await post(form({ name: "é".repeat(120) }))).toMatchObject({ status: 201 });
});

test("the address is kept as typed and matched in any case", async () => {
  const typed = `Ada.${nextEmail()}`;
  expect(await post(form({ email: typed }))).toMatchObject({ status: 201, body: { user: { email: typed } } });
  expect(await post(form({ email: typed.toUpperCase() }))).toMatchObject({ status: 409, body: { code: "email_taken" } });
  expect((await signIn(server, { email: typed.toLowerCase(), password: TEST_PASSWORD })).user.email).toBe(typed);
});

test("a taken address is refused, nothing is made, and its verified owner is told without a link that signs anybody in", async () => {
  const owner = await registerVerified(server);
  const before = await peopleAndAccounts();
  expect(await post(form({ email: owner.email }))).toMatchObject({ status: 409, body: { code: "email_taken" } });
  expect(await peopleAndAccounts()).toEqual(before);
  const mail = await server.mailTo(owner.email);
  expect(mail.links.filter((link) => link.includes("token="))).toEqual([]);
  const audited = await server.database.query(
    "select details from audit_events where action = 'user.register_refused' and target_id = $1",
    [owner.user.id],
  );
  expect(audited).toEqual([{ details: { code: "email_taken" } }]);
});

test("the owner of an address that a stranger registered gets a link to throw the stranger out", async () => {
  const squatter = await registerPerson(server);
  const verified = await registerVerified(server);
  const refused = await post(form({ email: squatter.email }));
  const refusedToo = await post(form({ email: verified.email }));
  const told = ({ body, status }: typeof refused) => ({ ...body, status, request_id: "" });
  expect(told(refused)).toEqual(told(refusedToo));
  const mail = await server.mailTo(squatter.email);
  expect(mail.links.join()).toContain("claim=1");
  expect(
    await server.request("POST", "/auth/password/reset", { body: { token: tokenIn(mail), password: "harbour-violet-cinder-9" } }),
  ).toMatchObject({
    status: 204,
  });
  expect(await server.request("GET", "/me", { token: squatter.accessToken })).toMatchObject({
    status: 401,
    body: { code: "session_ended" },
  });
  await expect(signIn(server, squatter)).rejects.toMatchObject({ problem: { code: "invalid_credentials" } });
});

test("eight sign-ups with one address at once make one user with one account", async () => {
  const email = nextEmail();
  const before = await peopleAndAccounts();
  const signUps = Array.from({ length: 8 }, () => () => post(form({ email })));
  // Whoever holds the address has not committed yet, and never will.
  const hold = `insert into users (id, email, email_normalised, name, created_at, updated_at) values (gen_random_uuid(), $1, $1, '', $2, $2)`;
  const answers = await server.database.race(hold, [email, server.clock.now()], signUps);
  expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  expect(await peopleAndAccounts()).toEqual(before.map((count) => count + 1));
});

test("an invited person joins the inviter's account, proven, with no account or trial of their own", async () => {
  const owner = await registerPerson(server);
  const email = nextEmail();
  const token = await invite(server, owner, email, { role: "admin" });
  const [, accounts, , trials] = await peopleAndAccounts();
  const answer = await post(form({ email, invite_token: token, account_name: "Ignored" }));
  expect(answer).toMatchObject({ status: 201, body: { account: { id: owner.account.id, role: "admin", name: owner.account.name } } });
  const [, accountsAfter, , trialsAfter] = await peopleAndAccounts();
  expect([accountsAfter, trialsAfter]).toEqual([accounts, trials]);
  const now = server.clock.now();
  const facts = await server.database.query(
    `select u.email_verified_at, u.password_proven_at, i.accepted_at from users u join account_invites i on i.email_normalised = u.email_normalised where u.id = $1`,
    [answer.body.user.id],
  );
  expect(facts).toEqual([{ email_verified_at: now, password_proven_at: now, accepted_at: now }]);
  expect(await server.mailsTo(email)).toEqual([]);
});

test("an invite cannot be used when it is dead, unknown, or another's; nothing is written, and the invited address is not told", async () => {
  const owner = await registerPerson(server);
  const email = nextEmail();
  const late = nextEmail();
  const expired = await invite(server, owner, late, { lifeDays: 1 });
  const revoked = await invite(server, owner, email);
  await server.database.query("update account_invites set revoked_at = $1 where token_hash = sha256($2::bytea)", [
    server.clock.now(),
    revoked,
  ]);
  const used = await invite(server, owner, email);
  await server.database.query("update account_invites set accepted_at = $1 where token_hash = sha256($2::bytea)", [
    server.clock.now(),
    used,
  ]);
  server.clock.advanceDays(1);
  const live = await invite(server, owner, email);
  const before = await peopleAndAccounts();
  const withToken = (token: string, to = email) => post(form({ email: to, invite_token: token }));
  expect(await withToken(expired, late)).toMatchObject({ status: 410, body: { code: "invite_expired" } });
  expect(await withToken(revoked)).toMatchObject({ status: 410, body: { code: "invite_revoked" } });
  expect(await withToken(used)).toMatchObject({ status: 410, body: { code: "invite_used" } });
  expect(await withToken("x".repeat(43))).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
  const stolen = await withToken(live, nextEmail());
  expect(stolen).toMatchObject({ status: 403, body: { code: "invite_wrong_email" } });
  expect(stolen.text).not.toContain(email);
  expect(await peopleAndAccounts()).toEqual(before);
});

test("an invite into an account that was deleted is none", async () => {
  const owner = await registerPerson(server);
  const email = nextEmail();
  const token = await invite(server, owner, email);
  await server.database.query("update accounts set deleted_at = $1 where id = $2", [server.clock.now(), owner.account.id]);
  expect(await post(form({ email, invite_token: token }))).toMatchObject({ status: 404, body: { code: "invite_not_found" } });
});

test("one invite followed five times at once makes one member", async () => {
  const owner = await registerPerson(server);
  const email = nextEmail();
  const token = await invite(server, owner, email);
  const clicks = Array.from({ length: 5 }, () => () => post(form({ email, invite_token: token })));
  const hold = `insert into users (id, email, email_normalised, name, created_at, updated_at) values (gen_random_uuid(), $1, $1, '', $2, $2)`;
  const answers = await server.database.race(hold, [email, server.clock.now()], clicks);
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(answers.filter((answer) => answer.body.code === "invite_used")).toHaveLength(4);
  const members = await server.database.query("select 1 from memberships where account_id = $1", [owner.account.id]);
  expect(members).toHaveLength(2);
});

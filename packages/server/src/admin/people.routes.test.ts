import { openTestServer, type Person, registerPerson, registerVerified, type TestServer, tokenIn } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { loginLimits } from "../identity/login.ts";
import { countTries, type Limit } from "../platform/rate-limit.ts";

let server: TestServer;
let operator: Person;
let ada: Person;
beforeAll(async () => {
  server = await openTestServer({ env: { RATE_LIMIT_FACTOR: "1" } });
});
afterAll(() => server.close());
beforeEach(async () => {
  // The sign-ups of one test are no crowd from one place to the next.
  await server.database.query("delete from rate_limits");
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  ada = await registerPerson(server);
});

const NOBODYS = "01890000-0000-7000-8000-000000000000";
const reason = "ticket 17";
const act = (what: string, user = ada.user.id, body: object = { reason }) =>
  server.request("POST", `/admin/users/${user}/${what}`, { token: operator.accessToken, body });
const audited = (action: string) =>
  server.database.query(
    "select account_id, actor_user_id, details->>'reason' as reason from audit_events where action = $1 and target_id = $2",
    [action, ada.user.id],
  );
const trace = () => [{ account_id: ada.account.id, actor_user_id: operator.user.id, reason }];

test("an operator's word verifies an address, once, and says nothing of who set the password", async () => {
  const at = server.clock.now().toISOString();
  expect(await act("verify-email")).toMatchObject({ status: 200, body: { email: ada.email, email_verified_at: at } });
  expect(await act("verify-email")).toMatchObject({ status: 200, body: { email_verified_at: at } });
  expect(await audited("user.verified_by_operator")).toEqual(trace());
  const [row] = await server.database.query("select password_proven_at from users where id = $1", [ada.user.id]);
  expect(row).toEqual({ password_proven_at: null });
  const history = await server.database.query("select cause from access_history where account_id = $1 and kind = 'email_verification'", [
    ada.account.id,
  ]);
  expect(history.at(-1)).toEqual({ cause: "operator.email_verified" });
  expect((await server.request("GET", "/me", { token: ada.accessToken })).text).toContain(at);
});

test("the mail that verifies is sent again, works, and is not sent to who is verified", async () => {
  const before = (await server.mailsTo(ada.email)).length;
  expect((await act("resend-verification")).status).toBe(202);
  const mails = await server.mailsTo(ada.email);
  expect(mails).toHaveLength(before + 1);
  const token = tokenIn(mails.at(-1) ?? { links: [], subject: "" });
  expect((await server.request("POST", "/auth/email/verify", { body: { token } })).status).toBe(200);
  expect(await audited("user.verification_resent")).toEqual(trace());
  expect(await act("resend-verification")).toMatchObject({ status: 409, body: { code: "email_verified_already" } });
});

const login = (password: string, ip: string, email = ada.email) =>
  server.request("POST", "/auth/login", { body: { email, password, transport: "body" }, ip });
/** Uses a limit up, as so many logins do: each of those costs a hash. */
const useUp = async (limit: Limit) => {
  for (let count = 0; count <= limit.limit; count += 1) await countTries(server.app, [limit]);
};

test("somebody who is locked out signs in again at once, from wherever they failed", async () => {
  const from = "192.0.2.1";
  expect((await login("wrong", from)).status).toBe(401);
  await useUp(loginLimits.addressAndSource(ada.email, from));
  expect((await login(ada.password, from)).status).toBe(429);
  expect(await act("unlock")).toMatchObject({ status: 200, body: { sources: 2 } });
  expect((await login(ada.password, from)).status).toBe(200);
  expect(await audited("user.unlocked")).toEqual(trace());
});

test("also where the whole address was tried too often from everywhere", async () => {
  await useUp(loginLimits.address(ada.email));
  expect((await login(ada.password, "192.0.2.99")).status).toBe(429);
  await act("unlock");
  expect((await login(ada.password, "192.0.2.99")).status).toBe(200);
});

test("also where their own place was, and a stranger's place stays counted", async () => {
  expect((await login(ada.password, "192.0.2.1")).status).toBe(200);
  expect((await login("wrong", "198.51.100.7")).status).toBe(401);
  for (const place of ["192.0.2.1", "198.51.100.7"]) await useUp(loginLimits.source(place));
  await act("unlock");
  expect((await login(ada.password, "192.0.2.1")).status).toBe(200);
  expect((await login(ada.password, "198.51.100.7")).status).toBe(429);
});

test("unlocking one leaves another person's tries counted", async () => {
  await useUp(loginLimits.addressAndSource(operator.email, "192.0.2.1"));
  await act("unlock");
  expect((await login(operator.password, "192.0.2.1", operator.email)).status).toBe(429);
});

test.each(["verify-email", "resend-verification", "unlock"])("%s: nobody is nobody, and why must be said", async (what) => {
  expect(await act(what, NOBODYS)).toMatchObject({ status: 404, body: { code: "user_not_found" } });
  expect(await act(what, "ada")).toMatchObject({ status: 404, body: { code: "user_not_found" } });
  expect(await act(what, ada.user.id, {})).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  expect(await server.request("POST", `/admin/users/${ada.user.id}/${what}`, { token: ada.accessToken, body: { reason } })).toMatchObject({
    status: 404,
    body: { code: "route_not_found" },
  });
});

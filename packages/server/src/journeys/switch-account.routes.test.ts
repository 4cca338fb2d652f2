import { invite, openTestServer, type Person, registerVerified, signIn, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: TestServer;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  ada = await registerVerified(server, { accountName: "Analytical Engines" });
  grace = await registerVerified(server, { accountName: "Compilers" });
  const token = await invite(server, ada, grace.email, { role: "viewer" });
  server.clock.advanceSeconds(1);
  await server.request("POST", `/invites/${token}/accept`, { token: grace.accessToken, body: {} });
});

const switchTo = (accountId: string, by = grace) =>
  server.request<{ access_token: string; account: object; code?: string }>("POST", "/accounts/switch", {
    token: by.accessToken,
    body: { account_id: accountId },
  });
const me = (token: string) => server.request<{ account: { id: string } }>("GET", "/me", { token });

test("a person sees the accounts that they are in, and as what, the newest first", async () => {
  expect(await server.request("GET", "/accounts", { token: grace.accessToken })).toMatchObject({
    status: 200,
    body: {
      items: [
        { id: ada.account.id, name: "Analytical Engines", role: "viewer", is_current: false, deletion_due_at: null },
        { id: grace.account.id, name: "Compilers", role: "owner", is_current: true },
      ],
      next_cursor: null,
    },
  });
});

test("a switch gives a token for the other account, and leaves the session and other tabs as they are", async () => {
  const answer = await switchTo(ada.account.id);
  expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", account: { id: ada.account.id, role: "viewer" } } });
  expect((await me(answer.body.access_token)).body).toMatchObject({
    account: { id: ada.account.id },
    permissions: expect.not.arrayContaining(["account.edit"]),
  });
  expect((await me(grace.accessToken)).body.account.id).toBe(grace.account.id);
  const refreshed = await server.request<{ account: object }>("POST", "/auth/refresh", {
    body: { refresh_token: grace.refreshToken, account_id: ada.account.id },
  });
  expect(refreshed.body.account).toMatchObject({ id: ada.account.id });
});

test("to an account of others, and to one that there is not, nobody switches; both read the same", async () => {
  const stranger = await registerVerified(server);
  const [foreign, unknown] = [await switchTo(stranger.account.id), await switchTo("01890000-0000-7000-8000-000000000000")];
  expect(foreign).toMatchObject({ status: 404, body: { code: "account_not_found" } });
  expect({ ...foreign.body, request_id: "" }).toEqual({ ...unknown.body, request_id: "" });
  expect((await switchTo("no id")).status).toBe(422);
});

test("who was removed switches there no more, and the token that they had is worth nothing there", async () => {
  const before = await switchTo(ada.account.id);
  const [row] = await server.database.query<{ id: string }>("select id from memberships where user_id = $1 and account_id = $2", [
    grace.user.id,
    ada.account.id,
  ]);
  expect((await server.request("DELETE", `/accounts/me/members/${row?.id}`, { token: ada.accessToken })).status).toBe(204);
  expect(await me(before.body.access_token)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect(await switchTo(ada.account.id)).toMatchObject({ status: 404 });
  expect((await me(grace.accessToken)).status).toBe(200);
  expect((await signIn(server, grace)).account.id).toBe(grace.account.id);
});

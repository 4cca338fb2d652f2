import { invite, nextEmail, openTestServer, registerPerson, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { writeSetting } from "../platform/settings.store.ts";

let open: TestServer;
let closed: TestServer;
let capped: TestServer;
beforeAll(async () => {
  open = await openTestServer();
  closed = await openTestServer({ beside: open, role: "api", env: { SIGNUP_MODE: "closed" } });
  capped = await openTestServer({ beside: open, role: "api", env: { SELF_SERVE_ENABLED: "false" } });
});
afterAll(async () => {
  await closed.close();
  await capped.close();
  await open.close();
});
afterEach(() => setMode(null));

const setMode = (mode: unknown) =>
  open.app.db.asSystem("a test sets the sign-up mode", (tx) => writeSetting(tx, "signup_mode", mode, open.clock.now()));
const register = (server: TestServer, email = nextEmail(), inviteToken?: string) =>
  server.request("POST", "/auth/register", {
    body: { email, password: TEST_PASSWORD, name: "Ada Lovelace", ...(inviteToken ? { invite_token: inviteToken } : {}) },
  });

test.each<[string, () => TestServer, unknown, number, string | undefined]>([
  ["open sign-up takes everybody", () => open, null, 201, undefined],
  ["closed sign-up takes nobody", () => closed, null, 403, "signup_closed"],
  ["an operator closes an open sign-up while it runs", () => open, "closed", 403, "signup_closed"],
  ["an operator makes an open sign-up invite-only while it runs", () => open, "invite_only", 403, "signup_invite_only"],
  ["an operator sends everybody to the waitlist while it runs", () => open, "waitlist", 403, "signup_waitlist"],
  ["an operator lets a closed sign-up out to the waitlist while it runs", () => closed, "waitlist", 403, "signup_waitlist"],
  ["a product that is not public yet sends nobody to its waitlist", () => capped, "waitlist", 403, "signup_invite_only"],
  ["an operator opens a closed sign-up while it runs", () => closed, "open", 201, undefined],
  ["a mode that nobody knows leaves the configuration in force", () => closed, "wide_open", 403, "signup_closed"],
  ["a product that is not public yet is invite-only", () => capped, null, 403, "signup_invite_only"],
  ["no run-time mode opens a product that is not public yet", () => capped, "open", 403, "signup_invite_only"],
  ["a product that is not public yet can still be closed", () => capped, "closed", 403, "signup_closed"],
])("%s", async (_, server, mode, status, code) => {
  await setMode(mode);
  const answer = await register(server());
  expect(answer.status).toBe(status);
  expect(answer.body["code"]).toBe(code);
});

test("an invited person gets in whatever the mode", async () => {
  const owner = await registerPerson(open);
  for (const [server, mode] of [
    [closed, null],
    [capped, null],
    [open, "closed"],
    [open, "invite_only"],
    [open, "waitlist"],
  ] as const) {
    await setMode(mode);
    const email = nextEmail();
    expect(await register(server, email, await invite(open, owner, email))).toMatchObject({ status: 201 });
  }
});

test("a shut door tells nobody whether an address has a user, and mails nobody", async () => {
  const owner = await registerPerson(open);
  const mails = (await open.mailsTo(owner.email)).length;
  expect(await register(closed, owner.email)).toMatchObject({ status: 403, body: { code: "signup_closed" } });
  expect(await open.mailsTo(owner.email)).toHaveLength(mails);
});

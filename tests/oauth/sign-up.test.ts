import { invite, nextEmail, registerVerified } from "@gatehouse/testkit";
import { CONTOSO, googlePerson, microsoftPerson, newBrowser, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: OauthServer;
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());
let people = 0;
const sub = (): string => {
  people += 1;
  return `sign-up-${people}`;
};

test("a new person gets exactly what a sign-up by password gives: account, ownership, trial, history, audit", async () => {
  const byPassword = await registerVerified(server);
  const byGoogle = await server.comes("google", googlePerson(sub(), nextEmail()));
  const facts = async (accountId: string) =>
    server.database.query(
      `select (select count(*)::int from memberships where account_id = $1 and role = 'owner') as owners,
        (select plan || ' ' || (ends_at - starts_at) from trials where account_id = $1) as trial,
        (select array_agg(distinct kind order by kind) from access_history where account_id = $1) as history,
        (select count(*)::int from audit_events where account_id = $1 and action = 'user.registered') as audited`,
      [accountId],
    );
  const { id } = Object(byGoogle.body["account"]);
  expect(await facts(id)).toEqual(await facts(byPassword.account.id));
  expect(byGoogle.body).toMatchObject({ account: { role: "owner", name: "Ada Lovelace's team" }, user: { has_password: false } });
  expect(await server.database.query("select password_hash from users where id = $1", [byGoogle.body.user?.id])).toEqual([
    { password_hash: null },
  ]);
});

test("an unproven address gets the verification mail and the grace; the link followed in the session proves it", async () => {
  const email = nextEmail();
  const answer = await server.comes("microsoft", microsoftPerson(server.microsoft, CONTOSO, sub(), email));
  expect(answer.body.user).toMatchObject({ email_verified_at: null });
  expect((await server.mailTo(email)).subject).toMatch(/[Cc]onfirm|[Vv]erify/);
});

test("an invite's token survives the way to the provider and back, proves the address, and makes no trial of one's own", async () => {
  const owner = await registerVerified(server);
  const email = nextEmail();
  const token = await invite(server, owner, email);
  const person = microsoftPerson(server.microsoft, CONTOSO, sub(), email.toUpperCase());
  const answer = await server.comes("microsoft", person, { query: { invite_token: token } });
  expect(answer.body, answer.text).toMatchObject({
    outcome: "signed_up",
    account: { id: owner.account.id, role: "member" },
    user: { email_verified_at: expect.any(String) },
  });
});

test("an invite for another address, a used one and an unknown one are refused by name, and nobody is made", async () => {
  const owner = await registerVerified(server);
  const email = nextEmail();
  const token = await invite(server, owner, email);
  const come = (address: string, invite_token: string) => server.comes("google", googlePerson(sub(), address), { query: { invite_token } });
  expect((await come(nextEmail(), token)).body.code).toBe("invite_wrong_email");
  expect((await come(email, "A".repeat(43))).body.code).toBe("invite_not_found");
  expect((await come(email, token)).status).toBe(200);
  expect((await come(nextEmail(), token)).body.code).toBe("invite_used");
});

test("where sign-up is closed, nobody new comes in, whoever is there still does, and an invite is a ticket", async () => {
  const closed = await openOauthServer({ env: { SIGNUP_MODE: "closed" } });
  expect((await closed.comes("google", googlePerson(sub(), nextEmail()))).body.code).toBe("signup_closed");
  expect((await closed.comes("microsoft", microsoftPerson(closed.microsoft, CONTOSO, sub(), nextEmail()))).body.code).toBe("signup_closed");
  await closed.close();
});

test("a browser is redirected to the provider, a program gets the URL, and the browser's cookie is HttpOnly and of these routes alone", async () => {
  const program = await server.request("GET", "/auth/google/start", { cookies: newBrowser().cookies });
  expect(program.cookies["gatehouse_browser"]).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/api/v1/auth" });
  const page = await server.request("GET", "/auth/google/start", {
    headers: { accept: "text/html,application/xhtml+xml", host: new URL(server.app.config.baseUrl).host },
  });
  expect(page).toMatchObject({ status: 303, headers: { location: expect.stringContaining(server.google.issuer) } });
  // Behind a proxy the Host header may be anything: nobody is sent in a circle.
  const proxied = await server.request("GET", "/auth/google/start", { headers: { accept: "text/html", host: "upstream:4000" } });
  expect(proxied).toMatchObject({ status: 303, headers: { location: expect.stringContaining(server.google.issuer) } });
});

test("on loopback a browser at the machine's other name is first sent to the one that the provider sends back to", async () => {
  const local = await openOauthServer({ env: { BASE_URL: "http://127.0.0.1:4000" } });
  const answer = await local.request("GET", "/auth/google/start?return_to=/a", {
    headers: { accept: "text/html", host: "localhost:4000" },
  });
  expect(answer).toMatchObject({ status: 303, headers: { location: "http://127.0.0.1:4000/api/v1/auth/google/start?return_to=/a" } });
  await local.close();
});

test("the buttons to show are those that are set up", async () => {
  expect((await server.request("GET", "/auth/providers")).body).toMatchObject({
    items: [
      { id: "google", name: "Google" },
      { id: "microsoft", name: "Microsoft" },
    ],
  });
});

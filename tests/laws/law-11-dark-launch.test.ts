import { adminLeads, adminPeople, adminWaitlist, adminWork, auth, errors, invites, oauth, routes, waitlist } from "@gatehouse/contract";
import {
  nextEmail,
  openTestServer,
  type Person,
  registerPerson,
  signIn,
  TEST_PASSWORD,
  type TestServer,
  tokenIn,
} from "@gatehouse/testkit";
import { resolutionFlow } from "@resolutionflow/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { treeBody } from "./tree-of-tests.ts";

/** As on the first day of a deployment: no stand-ins, and mail not yet bought. */
const DARK = { SANDBOX: "off", SMTP_URL: "", SELF_SERVE_ENABLED: "true" };
let dark: TestServer;
let ada: Person;
beforeAll(async () => {
  dark = await openTestServer({ product: resolutionFlow, env: DARK });
  ada = await registerPerson(dark);
});
afterAll(() => dark.close());

test("the routes that need mail, and no others, say that it is not set up and what to do", async () => {
  const needMail = routes.filter(({ errors: codes }) => codes.includes("mail_not_configured")).map(({ path }) => path);
  // The last two need it only where an address must be proven: SIGNUP_ANSWER=mail, and what a provider does not vouch for.
  const always = [auth.resendVerification.path, auth.forgotPassword.path, waitlist.joinWaitlist.path];
  const inviting = [invites.createInvite.path, invites.inviteMany.path, invites.resendInvite.path];
  const ofOperators = [adminWaitlist.inviteFromWaitlist.path, adminWaitlist.resendTicket.path, adminPeople.resendToUser.path];
  // A lead is converted without, where its account is known.
  const ofSales = [adminLeads.convertLead.path, adminLeads.resendInvitation.path];
  expect(needMail.sort()).toEqual([...always, auth.register.path, oauth.finishOauth.path, ...inviting, ...ofOperators, ...ofSales].sort());
  for (const path of always) {
    for (const email of [ada.email, "nobody@example.com"]) {
      expect(await dark.request("POST", path, { body: { email } })).toMatchObject({
        status: 503,
        body: { code: "mail_not_configured", title: errors.mail_not_configured.title, detail: errors.mail_not_configured.mend },
      });
    }
  }
  // Nobody is told that somebody was invited who will hear nothing of it.
  for (const [path, body] of [
    ["/accounts/me/invites", { email: "nobody@example.com" }],
    ["/accounts/me/invites/bulk", { rows: [{ email: "nobody@example.com" }] }],
  ] as const) {
    const answer = await dark.request("POST", path, { token: ada.accessToken, body });
    expect(answer).toMatchObject({ status: 503, body: { code: "mail_not_configured" } });
  }
});

test("the rest works: signing up, in and out, the product, and everything that is read", async () => {
  const person = await registerPerson(dark);
  const again = await signIn(dark, person);
  const token = again.accessToken;
  expect((await dark.request("POST", "/trees", { token, body: treeBody() })).status).toBe(201);
  expect((await dark.request("PATCH", "/me", { token, body: { name: "Grace Hopper" } })).status).toBe(200);
  const passwords = { current_password: TEST_PASSWORD, new_password: "another-lantern-orbits-22" };
  expect((await dark.request("POST", "/auth/password/change", { token, body: passwords })).status).toBe(204);
  const gets = routes
    .filter(
      ({ method, path, operator, errors: codes }) =>
        method === "GET" && !operator && !path.includes("{") && !codes.some((code) => code.endsWith("_not_configured")),
    )
    .map(({ path }) => path);
  for (const path of [...gets, "/trees", "/healthz", "/readyz"])
    expect((await dark.request("GET", path, { token })).status, path).toBe(200);
  expect((await dark.request("POST", "/auth/logout", { body: { refresh_token: again.refreshToken } })).status).toBe(204);
});

test("a provider without id and secret is told as dark on its own routes, by name, and shows no button", async () => {
  const half = await openTestServer({ env: { ...DARK, GOOGLE_CLIENT_ID: "an id without a secret" } });
  const person = await registerPerson(half);
  expect((await half.request("GET", "/auth/providers")).body).toEqual({ items: [] });
  for (const [id, provider] of [
    ["google", "Google"],
    ["microsoft", "Microsoft"],
    ["github", "GitHub"],
  ]) {
    for (const answer of [
      await half.request("GET", `/auth/${id}/start`),
      await half.request("POST", `/auth/${id}/callback`, { body: { code: "1", state: "2" } }),
      await half.request("POST", `/auth/${id}/connect`, { token: person.accessToken, body: { password: TEST_PASSWORD } }),
    ])
      expect(answer).toMatchObject({ status: 503, body: { code: "oauth_not_configured", provider } });
  }
  expect((await signIn(half, person)).user.id).toBe(person.user.id);
  await half.close();
});

const BILLING: readonly (readonly [string, string, object?])[] = [
  ["POST", "/billing/checkout-session", { plan: "pro" }],
  ["POST", "/billing/portal-session", {}],
  ["GET", "/billing/invoices"],
  ["POST", "/billing/sync", {}],
  ["PATCH", "/billing/subscription", { seats: 2 }],
];

test("the routes that need Stripe, and no others, say that it is not set up and what to do", async () => {
  const needStripe = routes
    .filter(({ errors: codes }) => codes.includes("billing_not_configured"))
    .map(({ method, path }) => `${method} ${path}`);
  // An operator's, and only for an event that never came.
  const ofOperators = `${adminWork.replayEvent.method} ${adminWork.replayEvent.path}`;
  expect(needStripe.sort()).toEqual([...BILLING.map(([method, path]) => `${method} ${path}`), ofOperators].sort());
  for (const [method, path, body] of BILLING) {
    const answer = await dark.request(method, path, { token: ada.accessToken, ...(body ? { body } : {}) });
    expect(answer, path).toMatchObject({
      status: 503,
      body: { code: "billing_not_configured", title: errors.billing_not_configured.title },
    });
  }
});

test("without a webhook secret the receiver answers 503 and keeps nothing, so that Stripe tries again (R5, SW-10)", async () => {
  const answer = await dark.request("POST", "/webhooks/stripe", { body: { id: "evt_1", object: "event" } });
  expect(answer).toMatchObject({ status: 503, body: { code: "webhooks_not_configured" } });
  expect(await dark.database.query("select id from stripe_events")).toEqual([]);
});

test("with a key, and before `catalogue apply` has put any price at Stripe, checkout is as dark", async () => {
  const early = await openTestServer({
    product: resolutionFlow,
    env: { ...DARK, STRIPE_SECRET_KEY: "sk_test_early", STRIPE_API_BASE: "http://127.0.0.1:9" },
  });
  const person = await registerPerson(early);
  const answer = await early.request("POST", "/billing/checkout-session", { token: person.accessToken, body: { plan: "pro" } });
  expect(answer).toMatchObject({ status: 503, body: { code: "billing_not_configured" } });
  await early.close();
});

test("billing is told as dark", async () => {
  expect(await dark.request("GET", "/billing/state", { token: ada.accessToken })).toMatchObject({
    body: { plan_billing: { configured: false } },
  });
});

test("what was to be mailed in the dark is kept, and sent once when mail is set up, by whichever process", async () => {
  const email = nextEmail();
  const person = await registerPerson(dark, { email });
  expect(await dark.mailbox.list(email)).toEqual([]);
  const [first, second] = await Promise.all(
    [1, 2].map(() => openTestServer({ product: resolutionFlow, beside: dark, env: { ...DARK, SMTP_URL: dark.mailbox.smtpUrl } })),
  );
  if (!first || !second) throw new Error("two servers were started");
  const mails = await first.mailsTo(email);
  await second.settle();
  expect(mails).toHaveLength(1);
  expect(await dark.mailbox.list(email)).toHaveLength(1);
  const [mail] = mails;
  if (!mail) throw new Error("a mail was sent");
  expect((await dark.request("POST", "/auth/email/verify", { body: { token: tokenIn(mail) } })).status).toBe(200);
  expect(await dark.request("GET", "/billing/state", { token: person.accessToken })).toMatchObject({
    body: { verification: { verified: true } },
  });
  for (const path of ["/auth/email/resend", "/auth/password/forgot"]) {
    expect((await first.request("POST", path, { body: { email } })).status).toBe(202);
  }
  await first.settle();
  await second.close();
  await first.close();
});

test("in the dark nothing of the stand-ins is served", async () => {
  for (const path of ["/sandbox", "/sandbox/mail", "/sandbox/clock"]) expect((await dark.request("GET", path)).status).toBe(404);
  await expect(dark.gatehouse.advanceClock(1)).rejects.toThrow();
});

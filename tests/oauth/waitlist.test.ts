import { inviteFromWaitlist } from "@gatehouse/server/admin/invite-from-waitlist";
import { nextEmail, tokenIn } from "@gatehouse/testkit";
import { CONTOSO, googlePerson, microsoftPerson, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: OauthServer;
let people = 0;
const nextSubject = (): string => {
  people += 1;
  return `waiting-${people}`;
};
beforeAll(async () => {
  server = await openOauthServer({ env: { SIGNUP_MODE: "waitlist" } });
});
afterAll(() => server.close());

/** The token of a ticket that was mailed to the address. */
async function ticketFor(email: string): Promise<string> {
  await server.request("POST", "/waitlist", { body: { email } });
  await server.settle();
  const by = { userId: null, origin: { ip: null, userAgent: "a test" } };
  await server.app.db.asSystem("a test invites", (tx) => inviteFromWaitlist(server.app, tx, by, { count: 500, reason: "a test" }));
  return tokenIn(await server.mailTo(email));
}
const withGoogle = (email: string, sub: string, token?: string) =>
  server.comes("google", googlePerson(sub, email), token ? { query: { waitlist_token: token } } : {});

test("a stranger who comes with Google is sent to the waitlist", async () => {
  const answer = await withGoogle(nextEmail(), nextSubject());
  expect(answer).toMatchObject({ status: 403, body: { code: "signup_waitlist", mend: { action: "join_waitlist" } } });
});

test("a ticket that was taken along to Google lets in, once, and makes an account of one's own", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  const token = await ticketFor(email);
  expect(await withGoogle(email, sub, token)).toMatchObject({ status: 200, body: { outcome: "signed_up", account: { role: "owner" } } });
  expect((await server.request("GET", `/waitlist/tickets/${token}`)).body).toMatchObject({ code: "waitlist_ticket_used" });
});

test("where the provider does not prove the address, the ticket does, for its token came by mail", async () => {
  const email = nextEmail();
  const claims = microsoftPerson(server.microsoft, CONTOSO, nextSubject(), email);
  const answer = await server.comes("microsoft", claims, { query: { waitlist_token: await ticketFor(email) } });
  expect(answer.body).toMatchObject({ outcome: "signed_up", user: { email, email_verified_at: server.clock.now().toISOString() } });
});

test("a ticket of somebody else, or none of ours, lets nobody in", async () => {
  const [email, claims] = [nextEmail(), microsoftPerson(server.microsoft, CONTOSO, nextSubject(), nextEmail())];
  const token = await ticketFor(email);
  const another = await server.comes("microsoft", claims, { query: { waitlist_token: token } });
  expect(another).toMatchObject({ status: 403, body: { code: "waitlist_ticket_wrong_email" } });
  const unknown = await withGoogle(email, nextSubject(), "A".repeat(43));
  expect(unknown).toMatchObject({ status: 404, body: { code: "waitlist_ticket_not_found" } });
  expect((await withGoogle(email, nextSubject(), token)).status).toBe(200);
});

test("two who come with one ticket at once make one user", async () => {
  const email = nextEmail();
  const token = await ticketFor(email);
  const answers = await Promise.all([withGoogle(email, nextSubject(), token), withGoogle(email, nextSubject(), token)]);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await server.database.query("select id from users where email_normalised = $1", [email])).toHaveLength(1);
});

test("who is known signs in as before, whatever became of the ticket that they bring along", async () => {
  const [email, sub] = [nextEmail(), nextSubject()];
  const token = await ticketFor(email);
  await withGoogle(email, sub, token);
  for (const brought of [token, "A".repeat(43)])
    expect(await withGoogle(email, sub, brought)).toMatchObject({ status: 200, body: { outcome: "signed_in" } });
});

import { addDays } from "@gatehouse/core";
import { registerVerified, TEST_PASSWORD, tokenIn } from "@gatehouse/testkit";
import { googlePerson, newBrowser, type OauthServer, openOauthServer } from "@gatehouse/testkit/oauth-server";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: OauthServer;
beforeAll(async () => {
  server = await openOauthServer();
});
afterAll(() => server.close());
let people = 0;
const fresh = (stem: string): string => {
  people += 1;
  return `${stem}-${people}`;
};
const deleteMe = async (token: string, accountId: string) => {
  const [account] = await server.database.query<{ name: string }>("select name from accounts where id = $1", [accountId]);
  const answer = await server.request("DELETE", "/accounts/me", { token, body: { confirm: account?.name ?? "" } });
  expect(answer.status).toBe(200);
};
/** As erasing leaves it: the person is gone, and their account of the provider is nobody's. */
async function vanish(body: Record<string, unknown>): Promise<void> {
  const { access_token, account } = Object(body);
  await deleteMe(String(access_token), account.id);
  await server.settle();
  server.clock.set(addDays(server.clock.now(), 15));
  await server.settle();
}

test("the same account of a provider has one trial, whatever address it has by now, also after everything was erased", async () => {
  const sub = fresh("subject");
  const first = await server.comes("google", googlePerson(sub, `${fresh("ada")}@gmail.com`));
  expect(first.body["trial"]).toBeUndefined();
  await vanish(first.body);
  const back = await server.comes("google", googlePerson(sub, `${fresh("countess")}@posteo.de`));
  expect(back.status, back.text).toBe(200);
  expect(back.body).toMatchObject({ outcome: "signed_up", trial: { granted: false, reason: "trial_used_by_person" } });
});

test("another account of the provider has a trial of its own", async () => {
  for (const _ of [1, 2]) {
    const answer = await server.comes("google", googlePerson(fresh("subject"), `${fresh("grace")}@gmail.com`));
    expect(answer.body).toMatchObject({ outcome: "signed_up" });
    expect(answer.body["trial"]).toBeUndefined();
  }
});

test("a sign-up by password and one by a provider are one mailbox", async () => {
  const name = fresh("ada");
  await registerVerified(server, { email: `${name}@posteo.de` });
  const answer = await server.comes("google", googlePerson(fresh("subject"), `${name}+google@posteo.de`));
  expect(answer.body).toMatchObject({ outcome: "signed_up", trial: { reason: "trial_used_by_person" } });
});

test("an account of a provider that an owner connects later is remembered with the trial they had", async () => {
  const email = `${fresh("ada")}@gmail.com`;
  const person = await registerVerified(server, { email });
  const sub = fresh("subject");
  const linked = await server.comes("google", googlePerson(sub, email));
  expect(linked.body).toMatchObject({ outcome: "linked" });
  expect(await server.database.query("select kind from trial_claims where account_id = $1 order by kind", [person.account.id])).toEqual([
    { kind: "address" },
    { kind: "provider" },
  ]);
  await vanish({ access_token: person.accessToken, account: person.account });
  const back = await server.comes("google", googlePerson(sub, `${fresh("countess")}@posteo.de`), { browser: newBrowser() });
  expect(back.body).toMatchObject({ outcome: "signed_up", trial: { reason: "trial_used_by_person" } });
});

test("who signs up by mail is told when they are let in", async () => {
  const name = fresh("ada");
  await registerVerified(server, { email: `${name}@posteo.de`, password: TEST_PASSWORD });
  const byMail = await openOauthServer({ beside: server, env: { SIGNUP_ANSWER: "mail" } });
  const browser = newBrowser();
  const asked = await byMail.request("POST", "/auth/register", {
    body: { email: `${name}+mail@posteo.de`, password: TEST_PASSWORD, name: "Ada Lovelace" },
  });
  expect(asked.status).toBe(202);
  for (const { name: cookie, value } of Object.values(asked.cookies)) browser.cookies[cookie] = value;
  const token = tokenIn(await server.mailTo(`${name}+mail@posteo.de`));
  const confirmed = await byMail.request("POST", "/auth/email/confirm", { body: { token, transport: "body" }, cookies: browser.cookies });
  await byMail.close();
  expect(confirmed.body).toMatchObject({ outcome: "signed_up", trial: { reason: "trial_used_by_person" } });
});

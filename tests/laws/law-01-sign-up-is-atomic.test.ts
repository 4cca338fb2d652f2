import { startMailbox } from "@gatehouse/sandbox";
import { systemClock } from "@gatehouse/server/platform/clock";
import { nextEmail, openTestServer, TEST_PASSWORD } from "@gatehouse/testkit";
import { startHostileProvider } from "@gatehouse/testkit/hostile-provider";
import type { ServerProcess } from "@gatehouse/testkit/server-process";
import { afterEach, expect, test, vi } from "vitest";
import { type Closers, killEverywhere, openFolder, type Recorded } from "./law-01/kill-everywhere.ts";

/** What a sign-up makes one of. `access_history` has three rows: membership, trial, verification. */
const MADE = [
  "users",
  "accounts",
  "memberships",
  "trials",
  "trial_claims",
  "sessions",
  "refresh_tokens",
  "email_verification_tokens",
  "audit_events",
];

const closers: Closers = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function expectWhole({ statements, made }: Recorded, more: object = {}): void {
  expect(statements.length).toBeGreaterThanOrEqual(8);
  expect(statements[0]).toMatch(/^begin/);
  expect(statements.at(-1)).toBe("commit");
  expect(made).toEqual({ ...Object.fromEntries(MADE.map((table) => [table, 1])), access_history: 3, "pgboss.job": 1, ...more });
}

async function register(server: ServerProcess, email: string): Promise<number> {
  const answer = await server.ask("/api/v1/auth/register", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: TEST_PASSWORD, name: "Ada Lovelace" }),
  });
  return answer.status;
}

test("a server killed at any statement of a sign-up, the commit included, leaves the whole of it or nothing, and the address can sign up again", async () => {
  // Where the answer was lost, a second try is told that the address is taken, and so is its owner, by mail.
  const way = { signUp: register, made: 201, again: 409, mailsAfterAgain: 2, leftAnyway: {}, env: {} };
  expectWhole(await killEverywhere(closers, way));
}, 240_000);

test("the same holds for a sign-up with a provider; whoever comes again is signed in", async () => {
  const google = await startHostileProvider({ now: systemClock().wall });
  closers.push(google.stop);
  const signUp = async (server: ServerProcess, email: string): Promise<number> => {
    const start = await fetch(`${server.baseUrl}/api/v1/auth/google/start`);
    const { authorization_url: url } = Object(await start.json());
    // Not proven, so that the verification mail is part of it.
    const answer = google.consent(url, { sub: email, email, email_verified: false, name: "Ada Lovelace" });
    const cookie = start.headers
      .getSetCookie()
      .map((line) => line.split(";")[0] ?? "")
      .join("; ");
    const { status } = await server.ask("/api/v1/auth/google/callback", {
      method: "POST",
      headers: { "content-type": "application/json", cookie, origin: server.baseUrl },
      body: JSON.stringify({ ...answer, transport: "body" }),
    });
    return status;
  };
  const env = { GOOGLE_ISSUER: google.issuer, GOOGLE_CLIENT_ID: google.clientId, GOOGLE_CLIENT_SECRET: google.clientSecret };
  // The state is used up before the code goes anywhere.
  const leftAnyway = { oauth_states_used: 1 };
  const recorded = await killEverywhere(closers, { signUp, made: 200, again: 200, mailsAfterAgain: 1, leftAnyway, env });
  expectWhole(recorded, { oauth_identities: 1, trial_claims: 2, ...leftAnyway });
}, 240_000);

test("while no mail server listens people sign up at once, and their mail arrives when it is back", async () => {
  const folder = await openFolder(closers);
  const away = await startMailbox({ home: folder, port: 0 });
  await away.stop();
  const server = await openTestServer({ env: { SMTP_URL: away.smtpUrl } });
  closers.push(server.close);

  const [ada, grace] = [nextEmail(), nextEmail()];
  const body = { email: ada, password: TEST_PASSWORD, name: "Ada Lovelace" };
  expect((await server.request("POST", "/auth/register", { body })).status).toBe(201);
  const tried = () => server.database.query("select id from pgboss.job where state = 'retry' and retry_count > 0 or output is not null");
  await vi.waitFor(async () => expect(await tried()).toHaveLength(1), { timeout: 30_000 });

  const back = await startMailbox({ home: folder, port: Number(new URL(away.smtpUrl).port) });
  closers.push(back.stop);
  // The wait before the next try is over; the next sign-up wakes the worker.
  await server.database.query("update pgboss.job set start_after = created_on where state = 'retry'");
  expect((await server.request("POST", "/auth/register", { body: { ...body, email: grace } })).status).toBe(201);
  await server.settle();
  expect(
    back
      .summaries()
      .map((mail) => mail.to.join())
      .sort(),
  ).toEqual([ada, grace].sort());
});

test("of two who register one address at once, one has a user, an account and a trial, and the other is refused", async () => {
  const server = await openTestServer();
  closers.push(server.close);
  const count = (table: string) => server.database.query<{ rows: number }>(`select count(*)::int as rows from ${table}`);
  const emails = Array.from({ length: 5 }, nextEmail);
  for (const email of emails) {
    const twice = [email, email.toUpperCase()].map((typed) =>
      server.request("POST", "/auth/register", { body: { email: typed, password: TEST_PASSWORD, name: "Ada Lovelace" } }),
    );
    const answers = await Promise.all(twice);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body["code"]).toBe("email_taken");
  }
  for (const table of ["users", "accounts", "memberships", "trials", "sessions", "email_verification_tokens"]) {
    expect(await count(table), table).toEqual([{ rows: emails.length }]);
  }
});

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailbox } from "@gatehouse/sandbox";
import { systemClock } from "@gatehouse/server/platform/clock";
import { nextEmail, openTestServer, registerPerson, registerVerified, TEST_PASSWORD, type TestServer, tokenIn } from "@gatehouse/testkit";
import { type ProductProcess, startProcess } from "@gatehouse/testkit/server-process";
import { afterEach, expect, test, vi } from "vitest";

const ENTRY = join(import.meta.dirname, "../../apps/resolutionflow/api/src/main.ts");

const closers: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A mail server that takes every connection and never says a word. */
interface DeadMailServer {
  readonly smtpUrl: string;
  /** Resolves when a client has connected. */
  readonly called: Promise<unknown>;
  /** Resolves when a client has given up. */
  readonly leftAlone: Promise<unknown>;
}
async function startDeadMailServer(): Promise<DeadMailServer> {
  const sockets: Socket[] = [];
  const listener = createServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    socket.resume();
    socket.once("close", () => listener.emit("left"));
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  });
  return {
    smtpUrl: `smtp://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    called: once(listener, "connection"),
    leftAlone: once(listener, "left"),
  };
}

async function open(options: Parameters<typeof openTestServer>[0] = {}): Promise<TestServer> {
  const server = await openTestServer(options);
  closers.push(server.close);
  return server;
}

test("sign-up answers at once while the mail server hangs, and no transaction is open meanwhile", async () => {
  const dead = await startDeadMailServer();
  const server = await open({ env: { SMTP_URL: dead.smtpUrl, SHUTDOWN_SECONDS: "1" } });
  const register = () =>
    server.request("POST", "/auth/register", { body: { email: nextEmail(), password: TEST_PASSWORD, name: "Ada Lovelace" } });
  expect((await register()).status).toBe(201);
  await dead.called;
  // Whoever sends within the request would be answered only when the client has given up.
  for (let more = 0; more < 3; more += 1) expect(await Promise.race([register(), dead.leftAlone])).toMatchObject({ status: 201 });
  const open_ = await server.database.query(
    "select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null",
  );
  expect(open_).toEqual([]);
});

const SECRET = "the secret of tests, which is no secret";

test("a worker that is killed between taking a job and sending its mail loses none: the next one sends it", async () => {
  const dead = await startDeadMailServer();
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-law-8-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const mailbox = await startMailbox({ home: folder, port: 0 });
  closers.push(mailbox.stop);
  // The workers are real processes, with the system's time.
  const api = await open({ role: "api", at: systemClock().wall(), env: { GATEHOUSE_SECRET: SECRET } });
  const work = (smtpUrl: string): ProductProcess => {
    const env = { NODE_ENV: "test", SANDBOX: "off", GATEHOUSE_SECRET: SECRET, DATABASE_URL: api.database.serverUrl, SMTP_URL: smtpUrl };
    const worker = startProcess({ entry: ENTRY, args: ["serve", "--role", "worker"], env });
    closers.push(() => worker[Symbol.asyncDispose]());
    return worker;
  };

  const first = work(dead.smtpUrl);
  const ada = await registerPerson(api);
  await dead.called;
  first.kill("SIGKILL");
  await first.ended;
  expect(await api.database.query("select state from pgboss.job")).toEqual([{ state: "active" }]);

  // A minute goes by without a sign of life; nobody has looked at the queue meanwhile.
  await api.database.query("update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute' where state = 'active'");
  await api.database.query("update pgboss.queue set monitor_claim_on = null, monitor_on = null");
  work(mailbox.smtpUrl);
  await vi.waitFor(async () => expect(await api.database.query("select state from pgboss.job")).toEqual([{ state: "retry" }]), {
    timeout: 30_000,
  });
  // The wait before the next try is over; the next sign-up wakes the worker.
  await api.database.query("update pgboss.job set start_after = created_on where state = 'retry'");
  const grace = await registerPerson(api);
  for (const { email } of [ada, grace]) await vi.waitFor(() => expect(mailbox.summaries(email)).toHaveLength(1), { timeout: 30_000 });
});

test("the queue learns of a dead worker within seconds, so that a mail is late by less than a minute", async () => {
  const server = await open({ role: "api" });
  expect(await server.database.query("select heartbeat_seconds from pgboss.queue where name = 'mail'")).toEqual([
    { heartbeat_seconds: 10 },
  ]);
  await registerPerson(server);
  expect(await server.database.query("select heartbeat_seconds from pgboss.job")).toEqual([{ heartbeat_seconds: 10 }]);
});

test("a mail job that runs twice sends the same mail: the mailbox shows it once", async () => {
  const server = await open();
  await liveUntilEveryMailWasSent(server);
  const sent = await server.database.query<{ name: string; data: Record<string, string> }>(
    `select data->>'name' as name, data->'data' as data from pgboss.job where state = 'completed' and data->>'name' not like 'mail.wish%'`,
  );
  const names = ["mail.email_taken", "mail.password_changed", "mail.reset_password", "mail.signed_out_for_safety", "mail.verify_email"];
  expect([...new Set(sent.map((job) => job.name))].sort()).toEqual(names);

  const runAgain = async (): Promise<void> => {
    await server.app.db.asSystem("a test repeats jobs", async (tx) => {
      for (const { name, data } of sent) await server.app.jobs.enqueue(tx, `mail.${name.slice("mail.".length)}`, data);
    });
    await server.settle();
  };
  const identities = () => server.mailbox.summaries().map((mail) => `${mail.message_id} to ${mail.to}`);
  const before = identities();
  await runAgain();
  expect(identities()).toEqual(before);
  // An empty mailbox would take each again: what comes is what came before. Links that were used meanwhile are not sent again.
  await server.mailbox.clear();
  await runAgain();
  expect(identities().length).toBeGreaterThanOrEqual(3);
  expect(before).toEqual(expect.arrayContaining(identities()));
});

async function liveUntilEveryMailWasSent(server: TestServer): Promise<void> {
  const ada = await registerVerified(server);
  const grace = await registerPerson(server);
  for (const email of [ada.email, grace.email]) {
    await server.request("POST", "/auth/register", { body: { email, password: TEST_PASSWORD, name: "Somebody" } });
  }
  const refresh = () => server.request("POST", "/auth/refresh", { body: { refresh_token: ada.refreshToken } });
  await refresh();
  server.clock.advanceSeconds(60);
  expect((await refresh()).body["code"]).toBe("refresh_reused");
  // Two mails that are sent at once arrive in any order.
  await server.settle();
  await server.request("POST", "/auth/password/forgot", { body: { email: ada.email } });
  const token = tokenIn(await server.mailTo(ada.email));
  const reset = await server.request("POST", "/auth/password/reset", { body: { token, password: "meadow-trumpet-violet-58" } });
  expect(reset.status).toBe(204);
  await server.settle();
}

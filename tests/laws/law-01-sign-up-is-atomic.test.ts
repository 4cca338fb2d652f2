import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mailbox, startMailbox } from "@gatehouse/sandbox";
import { nextEmail, openTestDatabase, openTestServer, TEST_PASSWORD, type TestDatabase } from "@gatehouse/testkit";
import { type ServerProcess, startServer } from "@gatehouse/testkit/server-process";
import { type Halt, openWireProxy, type WireProxy } from "@gatehouse/testkit/wire-proxy";
import { afterEach, expect, test, vi } from "vitest";

const ENTRY = join(import.meta.dirname, "../../apps/resolutionflow/api/src/main.ts");
/** What a sign-up makes one of. `access_history` has three rows: membership, trial, verification. */
const MADE = ["users", "accounts", "memberships", "trials", "sessions", "refresh_tokens", "email_verification_tokens", "audit_events"];

const closers: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-law-1-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A database with a proxy before it, where servers are started and killed one after the other. */
interface Stage {
  readonly database: TestDatabase;
  readonly proxy: WireProxy;
  readonly mailbox: Mailbox;
  start(role: "api" | "all"): Promise<ServerProcess>;
}

/** @param compiled a folder for compiled code, which takes a third off every further start */
async function openStage(compiled: string): Promise<Stage> {
  const folder = await openFolder();
  const database = await openTestDatabase();
  closers.push(database.drop);
  const proxy = await openWireProxy(database.serverUrl);
  closers.push(proxy.close);
  const mailbox = await startMailbox({ home: folder, port: 0 });
  closers.push(mailbox.stop);
  const env = {
    NODE_ENV: "test",
    SANDBOX: "off",
    SELF_SERVE_ENABLED: "true",
    GATEHOUSE_SECRET: "the secret of tests, which is no secret",
    GATEHOUSE_HOME: folder,
    RATE_LIMIT_FACTOR: "0",
    DATABASE_URL: proxy.url,
    DATABASE_DIRECT_URL: database.serverUrl,
    SMTP_URL: mailbox.smtpUrl,
    NODE_COMPILE_CACHE: compiled,
  };
  const start = async (role: "api" | "all"): Promise<ServerProcess> => {
    const server = await startServer({ entry: ENTRY, args: ["serve", "--role", role], env });
    closers.push(() => server[Symbol.asyncDispose]());
    await server.ready();
    return server;
  };
  return { database, proxy, mailbox, start };
}

/** @returns the status of the answer */
async function register(server: ServerProcess, email: string): Promise<number> {
  const answer = await server.ask("/api/v1/auth/register", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: TEST_PASSWORD, name: "Ada Lovelace" }),
  });
  return answer.status;
}

async function kill(server: ServerProcess): Promise<void> {
  server.kill("SIGKILL");
  await server.ended;
}

type Counts = Readonly<Record<string, number>>;

/** How many rows each table has, the queue's jobs included. */
async function countRows(database: TestDatabase): Promise<Counts> {
  const tables = await database.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind in ('r', 'p') and not relispartition and (relnamespace = 'public'::regnamespace or oid = 'pgboss.job'::regclass)`,
  );
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as rows from ${name}`);
  const rows = await database.query<{ name: string; rows: number }>(counts.join(" union all "));
  return Object.fromEntries(rows.map(({ name, rows: count }) => [name, count]));
}

/** Tables whose number of rows changed, and by how many. */
const growth = (before: Counts, after: Counts): Counts =>
  Object.fromEntries(
    Object.keys(after).flatMap((name) => (after[name] === before[name] ? [] : [[name, (after[name] ?? 0) - (before[name] ?? 0)]])),
  );

/** What an undisturbed sign-up is: which of the request's transactions it is, its statements, and the rows that it leaves. */
interface Recorded {
  readonly transaction: number;
  readonly statements: readonly string[];
  readonly made: Counts;
}

/** Nothing of this is written down here: a statement that is added to sign-up is killed at like the others. */
async function recordSignUp(stage: Stage): Promise<Recorded> {
  const server = await stage.start("api");
  // The first request of all makes what is not its own: a signing key.
  expect(await register(server, nextEmail())).toBe(201);
  const before = await countRows(stage.database);
  stage.proxy.watch();
  expect(await register(server, nextEmail())).toBe(201);
  const seen = stage.proxy.seen();
  // Not killed: only who ends in order leaves its compiled code to the others.
  await server.stop();
  const transaction = seen.findIndex((statements) => statements.some((text) => /insert into "users"/.test(text)));
  return { transaction, statements: seen[transaction] ?? [], made: growth(before, await countRows(stage.database)) };
}

/** Kills a server in the middle of a sign-up. @returns what the sign-up left */
async function killAt(stage: Stage, server: ServerProcess, email: string, halt: Halt, recorded: Recorded): Promise<Counts> {
  const before = await countRows(stage.database);
  stage.proxy.watch();
  const halted = stage.proxy.haltAt(halt);
  const answer = register(server, email).then(
    (status) => Promise.reject(new Error(`answered ${status} before it came to ${recorded.statements[halt.statement]}`)),
    () => undefined,
  );
  await Promise.race([halted, answer]);
  await kill(server);
  await answer;
  await stage.proxy.drained();
  // It was killed in the transaction that was meant.
  expect(stage.proxy.seen()[halt.transaction]).toEqual(recorded.statements.slice(0, halt.statement + 1));
  return growth(before, await countRows(stage.database));
}

/** Kills one server after the other, each at another point; the next one takes the same address again. */
async function killAtEach(stage: Stage, halts: readonly Halt[], recorded: Recorded): Promise<void> {
  const last = recorded.statements.length - 1;
  let previous: { email: string; isCommitted: boolean } | null = null;
  const tried: { email: string; isCommitted: boolean }[] = [];
  const tryAgain = async (server: ServerProcess): Promise<void> => {
    if (previous) expect(await register(server, previous.email), previous.email).toBe(previous.isCommitted ? 409 : 201);
  };
  for (const halt of halts) {
    const server = await stage.start("api");
    await tryAgain(server);
    const email = nextEmail();
    const isCommitted = halt.statement === last && halt.when === "after";
    const left = await killAt(stage, server, email, halt, recorded);
    expect(left, `${halt.when} ${recorded.statements[halt.statement]}`).toEqual(isCommitted ? recorded.made : {});
    previous = { email, isCommitted };
    tried.push(previous);
  }
  const server = await stage.start("all");
  await tryAgain(server);
  // The mail of the sign-up; where its answer was lost, another one that says that the address is taken.
  for (const { email, isCommitted } of tried) {
    await vi.waitFor(() => expect(stage.mailbox.summaries(email), email).toHaveLength(isCommitted ? 2 : 1), { timeout: 20_000 });
  }
  await kill(server);
}

test("a server killed at any statement of a sign-up, the commit included, leaves the whole of it or nothing, and the address can sign up again", async () => {
  const compiled = await openFolder();
  const stages = [await openStage(compiled), await openStage(compiled)];
  const [first] = stages;
  if (!first) throw new Error("there is no stage");
  const recorded = await recordSignUp(first);
  expect(recorded.statements.length).toBeGreaterThanOrEqual(8);
  expect(recorded.statements[0]).toMatch(/^begin/);
  expect(recorded.statements.at(-1)).toBe("commit");
  expect(recorded.made).toEqual({ ...Object.fromEntries(MADE.map((table) => [table, 1])), access_history: 3, "pgboss.job": 1 });

  const halts = recorded.statements.flatMap((_, statement) =>
    (["before", "after"] as const).map((when) => ({ transaction: recorded.transaction, statement, when })),
  );
  await Promise.all(
    stages.map((stage, lane) =>
      killAtEach(
        stage,
        halts.filter((_, index) => index % stages.length === lane),
        recorded,
      ),
    ),
  );
}, 240_000);

test("while no mail server listens people sign up at once, and their mail arrives when it is back", async () => {
  const folder = await openFolder();
  const away = await startMailbox({ home: folder, port: 0 });
  await away.stop();
  const server = await openTestServer({ env: { SMTP_URL: away.smtpUrl } });
  closers.push(server.close);

  const [ada, grace] = [nextEmail(), nextEmail()];
  const body = { email: ada, password: TEST_PASSWORD, name: "Ada Lovelace" };
  expect((await server.request("POST", "/auth/register", { body })).status).toBe(201);
  const tried = () => server.database.query("select id from pgboss.job where state = 'retry' and retry_count > 0 or output is not null");
  await vi.waitFor(async () => expect(await tried()).toHaveLength(1), { timeout: 10_000 });

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

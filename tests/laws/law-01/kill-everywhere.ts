import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mailbox, startMailbox } from "@gatehouse/sandbox";
import { nextEmail, openTestDatabase, type TestDatabase } from "@gatehouse/testkit";
import { type ServerProcess, startServer } from "@gatehouse/testkit/server-process";
import { type Halt, openWireProxy, type WireProxy } from "@gatehouse/testkit/wire-proxy";
import { expect, vi } from "vitest";

const ENTRY = join(import.meta.dirname, "../../../apps/resolutionflow/api/src/main.ts");
/** What is closed after the test, the last one first. */
export type Closers = (() => PromiseLike<unknown>)[];

/** One way to sign up, and what it answers. */
export interface WayIn {
  /** @returns the status of the answer */
  signUp(server: ServerProcess, email: string): Promise<number>;
  readonly made: number;
  /** The same again, where the first answer was lost. */
  readonly again: number;
  /** How many mails have come after that. */
  readonly mailsAfterAgain: number;
  /** Rows of what is done on purpose before the sign-up's own transaction. */
  readonly leftAnyway: Counts;
  readonly env: Readonly<Record<string, string>>;
}

export async function openFolder(closers: Closers): Promise<string> {
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
async function openStage(closers: Closers, compiled: string, way: WayIn): Promise<Stage> {
  const folder = await openFolder(closers);
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
    ...way.env,
  };
  const start = async (role: "api" | "all"): Promise<ServerProcess> => {
    const server = await startServer({ entry: ENTRY, args: ["serve", "--role", role], env });
    closers.push(() => server[Symbol.asyncDispose]());
    await server.ready();
    return server;
  };
  return { database, proxy, mailbox, start };
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
export interface Recorded {
  readonly transaction: number;
  readonly statements: readonly string[];
  readonly made: Counts;
}

/** Nothing of this is written down here: a statement that is added to sign-up is killed at like the others. */
async function recordSignUp(stage: Stage, way: WayIn): Promise<Recorded> {
  const server = await stage.start("api");
  // The first request of all makes what is not its own: a signing key.
  expect(await way.signUp(server, nextEmail())).toBe(way.made);
  const before = await countRows(stage.database);
  stage.proxy.watch();
  expect(await way.signUp(server, nextEmail())).toBe(way.made);
  const seen = stage.proxy.seen();
  // Not killed: only who ends in order leaves its compiled code to the others.
  await server.stop();
  const transaction = seen.findIndex((statements) => statements.some((text) => /insert into "users"/.test(text)));
  return { transaction, statements: seen[transaction] ?? [], made: growth(before, await countRows(stage.database)) };
}

/** Kills a server in the middle of a sign-up. @returns what the sign-up left */
async function killAt(stage: Stage, way: WayIn, server: ServerProcess, email: string, halt: Halt, recorded: Recorded): Promise<Counts> {
  const before = await countRows(stage.database);
  stage.proxy.watch();
  const halted = stage.proxy.haltAt(halt);
  const answer = way.signUp(server, email).then(
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
async function killAtEach(stage: Stage, way: WayIn, halts: readonly Halt[], recorded: Recorded): Promise<void> {
  const last = recorded.statements.length - 1;
  let previous: { email: string; isCommitted: boolean } | null = null;
  const tried: { email: string; isCommitted: boolean }[] = [];
  const tryAgain = async (server: ServerProcess): Promise<void> => {
    if (previous) expect(await way.signUp(server, previous.email), previous.email).toBe(previous.isCommitted ? way.again : way.made);
  };
  for (const halt of halts) {
    const server = await stage.start("api");
    await tryAgain(server);
    const email = nextEmail();
    const isCommitted = halt.statement === last && halt.when === "after";
    const left = await killAt(stage, way, server, email, halt, recorded);
    expect(left, `${halt.when} ${recorded.statements[halt.statement]}`).toEqual(isCommitted ? recorded.made : way.leftAnyway);
    previous = { email, isCommitted };
    tried.push(previous);
  }
  const server = await stage.start("all");
  await tryAgain(server);
  // The mail of the sign-up; and whatever a second try sends where the answer of the first was lost.
  for (const { email, isCommitted } of tried) {
    await vi.waitFor(() => expect(stage.mailbox.summaries(email), email).toHaveLength(isCommitted ? way.mailsAfterAgain : 1), {
      timeout: 30_000,
    });
  }
  await kill(server);
}

/** A server killed at each statement of a sign-up, before and after, in two lanes; each leaves the whole of it or nothing. */
export async function killEverywhere(closers: Closers, way: WayIn): Promise<Recorded> {
  const compiled = await openFolder(closers);
  const stages = [await openStage(closers, compiled, way), await openStage(closers, compiled, way)];
  const [first] = stages;
  if (!first) throw new Error("there is no stage");
  const recorded = await recordSignUp(first, way);
  const halts = recorded.statements.flatMap((_, statement) =>
    (["before", "after"] as const).map((when) => ({ transaction: recorded.transaction, statement, when })),
  );
  await Promise.all(
    stages.map((stage, lane) =>
      killAtEach(
        stage,
        way,
        halts.filter((_, index) => index % stages.length === lane),
        recorded,
      ),
    ),
  );
  return recorded;
}

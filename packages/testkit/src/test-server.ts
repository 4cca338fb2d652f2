import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@gatehouse/client";
import { type Mail, type Mailbox, startMailbox } from "@gatehouse/sandbox";
import { type Gatehouse, type GatehouseOptions, migrationSets, openGatehouse, type Product, type Role } from "@gatehouse/server";
import { storeCatalogue } from "@gatehouse/server/billing/catalogue.store";
import { bringUpToDate } from "@gatehouse/server/commands/migrate";
import type { App } from "@gatehouse/server/platform/app";
import { type Config, readConfig } from "@gatehouse/server/platform/config";
import { openLog } from "@gatehouse/server/platform/log";
import { pendingMigrations } from "@gatehouse/server/platform/migrate";
import type { FastifyInstance } from "fastify";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { fetchFrom, type Request, requestTo } from "./request.ts";
import { type TestClock, testClock } from "./test-clock.ts";
import { testProduct } from "./test-product.ts";

export interface TestServerOptions {
  /** Default: `testProduct`. */
  readonly product?: Product;
  /** Over the defaults below; an empty text takes a variable away. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the clock stands; default 2026-01-01T00:00Z. */
  readonly at?: Date;
  /** A clock that others look at too, instead of one of its own. */
  readonly clock?: TestClock;
  readonly role?: Role;
  readonly extend?: GatehouseOptions["extend"];
  /** Default: yes, so that the newest mail is the one that was asked for last. */
  readonly mailsInOrder?: boolean;
  /** A further process of the same product: its database, clock and mailbox are that server's, and stay when this one is closed. */
  readonly beside?: TestServer;
}

export interface TestServer {
  readonly gatehouse: Gatehouse;
  readonly app: App;
  readonly http: FastifyInstance;
  readonly clock: TestClock;
  readonly mailbox: Mailbox;
  readonly database: TestDatabase;
  readonly request: Request;
  /** The typed client, in process. @param accessToken who calls; none: nobody */
  client(accessToken?: string): Client;
  /** Runs the sweeps, and waits until the queue has nothing left to run. */
  settle(): Promise<void>;
  /** Settles, then gives the newest mail to the address. @throws Error when there is none */
  mailTo(address: string): Promise<Mail>;
  /** Settles, then gives every mail to the address, oldest first. */
  mailsTo(address: string): Promise<Mail[]>;
  /** Every line that was logged, secrets cut out as in production. */
  logLines(): readonly string[];
  /** Listens on a free port of the loopback, for tests that speak over a socket. @returns `http://127.0.0.1:port` */
  listen(): Promise<string>;
  close(): Promise<void>;
}

export const TEST_BASE_URL = "http://gatehouse.localhost:4000";
const ENVIRONMENT = {
  NODE_ENV: "test",
  BASE_URL: TEST_BASE_URL,
  GATEHOUSE_SECRET: "the secret of tests, which is no secret",
  LOG_LEVEL: "debug",
  PASSWORD_HASHES_AT_ONCE: "2",
  // Hundreds at once stand in line on a busy machine; who waits for nothing is told at once all the same.
  DATABASE_WAIT_SECONDS: "30",
  // Tests of limits set it to 1.
  RATE_LIMIT_FACTOR: "0",
  // What was not delivered stays so until a test asks for it; tests of the reconciler set how often it runs.
  RECONCILE_MINUTES: "0",
  SHUTDOWN_SECONDS: "5",
};

interface Surroundings {
  readonly database: TestDatabase;
  readonly clock: TestClock;
  readonly mailbox: Mailbox;
  release(): Promise<void>;
}

/** The real server on a database of its own, with a real mailbox over SMTP and a clock that stands still. An answer that is not as declared is an error. */
export async function openTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const product = options.product ?? testProduct;
  const around = options.beside
    ? { ...partsOf(options.beside), release: () => Promise.resolve() }
    : await makeSurroundings(options.clock ?? testClock(options.at));
  const { database, clock, mailbox } = around;
  const config = readConfig({
    ...ENVIRONMENT,
    DATABASE_URL: database.serverUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    SMTP_URL: mailbox.smtpUrl,
    ...options.env,
  });
  const lines: string[] = [];
  const log = openLog({ level: config.logLevel, now: clock.wall, stream: { write: (line) => void lines.push(line) } });
  try {
    const gatehouse = await openGatehouse({
      config,
      clock,
      log,
      product,
      role: options.role ?? "all",
      strictAnswers: true,
      mailsInOrder: options.mailsInOrder ?? true,
      ...(options.extend ? { extend: options.extend } : {}),
    });
    await install(config, gatehouse, product);
    await gatehouse.start();
    return asTestServer(gatehouse, around, lines);
  } catch (error) {
    await around.release();
    throw error;
  }
}

function asTestServer(gatehouse: Gatehouse, around: Surroundings, lines: readonly string[]): TestServer {
  const { database, clock, mailbox } = around;
  const { app, http } = gatehouse;
  const mailsTo = async (address: string): Promise<Mail[]> => {
    await gatehouse.settle();
    return mailbox.list(address);
  };
  return {
    gatehouse,
    app,
    http,
    clock,
    mailbox,
    database,
    request: requestTo(http, app.config.baseUrl),
    client: (accessToken) => createClient({ baseUrl: app.config.baseUrl, accessToken: () => accessToken ?? null, fetch: fetchFrom(http) }),
    settle: gatehouse.settle,
    mailsTo,
    async mailTo(address) {
      const newest = (await mailsTo(address)).at(-1);
      if (!newest) throw new Error(`no mail to ${address}; there are ${mailbox.summaries().map((mail) => `${mail.to}: ${mail.subject}`)}`);
      return newest;
    },
    logLines: () => lines,
    listen: () => http.listen({ host: "127.0.0.1", port: 0 }),
    async close() {
      await gatehouse.stop();
      await around.release();
    },
  };
}

const partsOf = ({ database, clock, mailbox }: TestServer) => ({ database, clock, mailbox });

async function makeSurroundings(clock: TestClock): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-mail-"));
  const mailbox = await startMailbox({ home: folder, port: 0, clock });
  const database = await openTestDatabase();
  return {
    database,
    clock,
    mailbox,
    async release() {
      await mailbox.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The template has the tables of the product that is opened to the public; what another one brings is added here. */
async function install(config: Config, { app }: Gatehouse, product: Product): Promise<void> {
  const pending = await pendingMigrations(config.databaseDirectUrl, migrationSets(product));
  if (pending.length > 0) await bringUpToDate(config, product);
  else await app.db.asSystem("the catalogue belongs to no account", (tx) => storeCatalogue(tx, product.catalogue, "keep"));
}

/** The token in the link of a mail. @throws Error when it has none */
export function tokenIn(mail: Pick<Mail, "links" | "subject">): string {
  const tokens = mail.links.map((link) => new URL(link).searchParams.get("token")).filter((token) => token !== null);
  return tokens[0] ?? fail(`no link with a token in the mail "${mail.subject}"`);
}

function fail(why: string): never {
  throw new Error(why);
}

import { type ErrorRow, errors as gatehouseErrors, openApiDocument, type RouteShape } from "@gatehouse/contract";
import { type AccessPolicy, type Catalogue, DEFAULT_POLICY } from "@gatehouse/core";
import type { FastifyInstance } from "fastify";
import { countSeats } from "./access/facts.store.ts";
import { flushShadow, startFlushing } from "./access/flush-shadow.ts";
import { type Gate, openGate } from "./access/gate.ts";
import { recordVersions } from "./access/record-versions.ts";
import { accessRoutes, billingStateOf } from "./access/routes.ts";
import { inviteMailJobs } from "./accounts/invite-mail-jobs.ts";
import { inviteRoutes } from "./accounts/invite-routes.ts";
import { memberMailJobs } from "./accounts/member-mail-jobs.ts";
import { memberRoutes } from "./accounts/member-routes.ts";
import { accountRoutes } from "./accounts/routes.ts";
import { adminAccountRoutes } from "./admin/account-routes.ts";
import { adminCatalogueRoutes } from "./admin/catalogue-routes.ts";
import { leadRoutes } from "./admin/lead-routes.ts";
import { adminOverrideRoutes } from "./admin/override-routes.ts";
import { adminPeopleRoutes } from "./admin/people-routes.ts";
import { adminTrialRoutes } from "./admin/trial-routes.ts";
import { adminWaitlistRoutes } from "./admin/waitlist-routes.ts";
import { adminWorkRoutes } from "./admin/work-routes.ts";
import { applyPlayedCatalogue } from "./billing/catalogue-at-stripe.ts";
import { billingJobs } from "./billing/jobs.ts";
import { billingMailJobs } from "./billing/mail-notices.ts";
import { planRoutes } from "./billing/plan-routes.ts";
import { billingRoutes } from "./billing/routes.ts";
import { webhookRoute } from "./billing/webhook-route.ts";
import { openHashGate } from "./identity/hash-gate.ts";
import { identityMailJobs } from "./identity/mail-jobs.ts";
import { identityRoutes } from "./identity/routes.ts";
import { accountEntryRoutes } from "./journeys/account-routes.ts";
import { deletionJobs } from "./journeys/deletion-jobs.ts";
import { deletionRoutes } from "./journeys/deletion-routes.ts";
import { exportRoutes } from "./journeys/export-routes.ts";
import { onboardingRoutes } from "./journeys/onboarding-routes.ts";
import { ownershipRoutes } from "./journeys/ownership-routes.ts";
import { journeyRoutes } from "./journeys/routes.ts";
import { pageRoutes } from "./pages/pages.ts";
import { openAccessTokens } from "./platform/access-tokens.ts";
import type { App } from "./platform/app.ts";
import type { OffsetClock } from "./platform/clock.ts";
import { followClockOffset } from "./platform/clock-offset.ts";
import type { Config } from "./platform/config.ts";
import { openDb } from "./platform/db.ts";
import { docsRoutes } from "./platform/docs.ts";
import { healthRoutes } from "./platform/health.ts";
import { closeHttp, openHttp } from "./platform/http.ts";
import { randomIds } from "./platform/ids.ts";
import { openJobs, QUEUES } from "./platform/jobs.ts";
import type { LiveCounts } from "./platform/live-counts.ts";
import type { Log } from "./platform/log.ts";
import { openMailer } from "./platform/mail.ts";
import { type MigrationSet, platformMigrations } from "./platform/migrate.ts";
import { openOauth } from "./platform/oauth/oauth.ts";
import type { ProductParts } from "./platform/product-parts.ts";
import { secretsFrom } from "./platform/secrets.ts";
import type { Http } from "./platform/serve.ts";
import { openSignals } from "./platform/signals.ts";
import { openStripe } from "./platform/stripe.ts";
import { salesMailJobs } from "./sales/mail-jobs.ts";
import { salesRoutes } from "./sales/routes.ts";
import { runSweeps, startSweeping } from "./sweeps.ts";
import { waitlistRoutes } from "./waitlist/routes.ts";
import { waitlistMailJobs } from "./waitlist/waitlist-mail-jobs.ts";

/** What an app brings: its plans, tables, refusals, counts and routes. Nothing here knows which product it is. */
export interface Product extends ProductParts {
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly migrations: MigrationSet;
  readonly errors: Readonly<Record<string, ErrorRow>>;
  readonly liveCounts: LiveCounts;
  routes(http: Http, app: App, gate: Gate): void | Promise<void>;
}
/** What a process does: answer requests, work off jobs and sweeps, or both. */
export type Role = "all" | "api" | "worker";

export interface GatehouseOptions {
  readonly config: Config;
  readonly clock: OffsetClock;
  readonly log: Log;
  readonly product: Product;
  readonly role: Role;
  /** In tests: an answer that is not as declared is an error. */
  readonly strictAnswers?: boolean;
  /** In tests: one mail after the other, so that the newest is the one that was asked for last. */
  readonly mailsInOrder?: boolean;
  /** Hung on the server before it is ready: the sandbox's pages. */
  readonly extend?: (http: FastifyInstance, gatehouse: Pick<Gatehouse, "app" | "moveClock" | "settle">) => Promise<void> | void;
}
export interface Gatehouse {
  readonly app: App;
  readonly gate: Gate;
  readonly http: FastifyInstance;
  readonly openApi: object;
  /** Connects queue and signals, and begins to work where the role says so; until it ends, `/readyz` answers 503. */
  start(): Promise<void>;
  /** Does what has fallen due by now, and waits until the queue has nothing left to run. */
  settle(): Promise<void>;
  /** Moves the product's time forward, for all processes, and does nothing else. */
  moveClock(milliseconds: number): Promise<void>;
  /** Moves the product's time forward, for all processes, and settles. */
  advanceClock(milliseconds: number): Promise<void>;
  /** Takes nothing new and ends what is under way. */
  stop(): Promise<void>;
}

export const migrationSets = (product: Product): readonly MigrationSet[] => [platformMigrations, product.migrations];

/** Composes the server: the only file that knows everything. It connects to nothing until `start`. */
export async function openGatehouse(options: GatehouseOptions): Promise<Gatehouse> {
  const app = openApp(options);
  const catalogue = { ...gatehouseErrors, ...options.product.errors };
  const http = openHttp(app, catalogue);
  const gate = openGate(app, http);
  const state = { isQueueUp: false };
  healthRoutes(http, app, migrationSets(options.product), () => state.isQueueUp);
  http.get("/.well-known/jwks.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send({ keys: await app.tokens.publicKeys() }),
  );
  const served: RouteShape[] = [];
  await hangRoutes(options, app, gate, {
    fastify: http,
    authenticate: gate.authenticate,
    served,
    strictAnswers: options.strictAnswers ?? false,
  });
  const openApi = openApiDocument(served, catalogue, {
    title: `${app.catalogue.productName} API`,
    version: "1",
    server: app.config.baseUrl,
  });
  await docsRoutes(http, openApi, catalogue);
  takeJobs(app, options.product);
  const gatehouse: Gatehouse = { app, gate, http, openApi, ...lifeOf(app, gate, http, options, state) };
  await options.extend?.(http, gatehouse);
  return gatehouse;
}

/** Who does which job: every area says so itself. */
function takeJobs(app: App, product: Product): void {
  identityMailJobs(app);
  inviteMailJobs(app);
  deletionJobs(app, product);
  memberMailJobs(app);
  salesMailJobs(app);
  waitlistMailJobs(app);
  billingMailJobs(app);
  billingJobs(app);
}

type Life = Pick<Gatehouse, "start" | "settle" | "moveClock" | "advanceClock" | "stop">;

function lifeOf(app: App, gate: Gate, http: FastifyInstance, options: GatehouseOptions, state: { isQueueUp: boolean }): Life {
  const offset = followClockOffset(app, options.clock);
  let stopSweeping: (() => Promise<void>) | null = null;
  let stopFlushing: (() => Promise<void>) | null = null;
  const life: Life = {
    async start() {
      await app.signals.start();
      await offset.read();
      await app.jobs.start();
      await recordVersions(app);
      await applyPlayedCatalogue(app);
      if (options.role !== "api") {
        await app.jobs.startWork(QUEUES.filter((queue) => queue === "accounts" || app[queue].configured));
        stopSweeping = startSweeping(app);
      }
      if (options.role !== "worker") stopFlushing = startFlushing(app, gate.shadow);
      state.isQueueUp = true;
    },
    async settle() {
      await flushShadow(app, gate.shadow);
      await runSweeps(app);
      await app.jobs.drain();
    },
    moveClock: offset.advance,
    async advanceClock(milliseconds) {
      await offset.advance(milliseconds);
      await life.settle();
    },
    async stop() {
      await closeHttp(http, app.config.shutdownSeconds);
      await stopSweeping?.();
      await stopFlushing?.();
      await closeApp(app);
    },
  };
  return life;
}

type WholeApp = App & { readonly hashes: ReturnType<typeof openHashGate> };

function openApp({ config, clock, log, product, role, mailsInOrder }: GatehouseOptions): WholeApp {
  const ids = randomIds(clock);
  const secrets = secretsFrom(config.secret);
  const db = openDb({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    waitSeconds: config.databaseWaitSeconds,
    onLostConnection: (error) => log.warn({ err: error }, "a database connection was lost"),
  });
  const signals = openSignals({ url: config.databaseDirectUrl, db, log });
  return {
    config,
    clock,
    log,
    ids,
    secrets,
    db,
    signals,
    policy: policyOf(config, product.catalogue),
    catalogue: product.catalogue,
    liveCounts: { seats: countSeats(clock.now), ...product.liveCounts },
    jobs: openJobs({ url: config.databaseDirectUrl, log, listens: role !== "api", ...(mailsInOrder ? { inOrder: "mail" } : {}) }),
    mail: openMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom, baseUrl: config.baseUrl }),
    stripe: openStripe(config, log),
    oauth: openOauth({ config, clock }),
    tokens: openAccessTokens({ db, clock, secrets, config, ids, signals }),
    hashes: openHashGate({ atOnce: config.passwordHashesAtOnce, queueMax: config.passwordQueueMax }),
  };
}

async function closeApp(app: App): Promise<void> {
  await app.jobs.stop(app.config.shutdownSeconds);
  await app.signals.stop();
  await app.db.close();
  app.mail.close();
  app.log.flush();
}

/** The policy that is configured. */
export const policyOf = (config: Config, catalogue: Pick<Catalogue, "fallbackPlan">): AccessPolicy => ({
  ...DEFAULT_POLICY,
  trialDays: config.trialDays,
  verificationGraceDays: config.verificationGraceDays,
  pastDueGraceDays: config.pastDueGraceDays,
  pausedCollectionLocks: config.pausedCollectionLocks,
  fallbackPlan: catalogue.fallbackPlan,
  modes: { ...DEFAULT_POLICY.modes, ...config.accessModes },
});

async function hangRoutes(options: GatehouseOptions, app: WholeApp, gate: Gate, http: Http): Promise<void> {
  if (options.role === "worker") return;
  identityRoutes(http, app, gate);
  journeyRoutes(http, app);
  accountEntryRoutes(http, app);
  inviteRoutes(http, app);
  deletionRoutes(http, app);
  accountRoutes(http, app);
  memberRoutes(http, app);
  ownershipRoutes(http, app);
  exportRoutes(http, app, options.product.exportSections);
  onboardingRoutes(http, app, options.product.checklist, options.product.welcomeSteps);
  await webhookRoute(http, app);
  const stateOf = billingStateOf(app);
  accessRoutes(http, app, stateOf);
  billingRoutes(http, app, stateOf);
  planRoutes(http, app);
  adminCatalogueRoutes(http, app);
  adminOverrideRoutes(http, app);
  adminTrialRoutes(http, app);
  salesRoutes(http, app, gate);
  leadRoutes(http, app);
  waitlistRoutes(http, app);
  adminWaitlistRoutes(http, app);
  adminAccountRoutes(http, app);
  adminPeopleRoutes(http, app);
  adminWorkRoutes(http, app);
  await options.product.routes(http, app, gate);
  pageRoutes(http.fastify, { productName: app.catalogue.productName, supportEmail: app.config.supportEmail });
}

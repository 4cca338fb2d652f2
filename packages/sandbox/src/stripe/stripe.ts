import { setTimeout as sleep } from "node:timers/promises";
import Fastify, { type FastifyInstance } from "fastify";
import { DEFAULT_SETTINGS, openEngine } from "./engine.ts";
import { type Change, type EngineCore, openEngineCore } from "./engine-core.ts";
import { asOfVersion } from "./event-versions.ts";
import { openFaults } from "./faults.ts";
import { hostedUrls } from "./hosted-urls.ts";
import { stripeApi } from "./http/api.ts";
import { openIdempotencyKeys } from "./http/idempotency.ts";
import { derived } from "./mint.ts";
import { stripePages } from "./pages/stripe-pages.ts";
import type { RecordedRequest, StripeStandIn, StripeStandInOptions } from "./stand-in.ts";
import { type DeliveringWebhooks, NEWEST_VERSION, openWebhooks } from "./webhooks.ts";

const HOST = "127.0.0.1";
const REQUESTS_KEPT = 20_000;

/**
 * Starts a Stripe that the official `stripe` package talks to unchanged, by host, port and protocol, in test mode.
 * @throws Error in plain words when the port is taken
 */
export async function startStripe(options: StripeStandInOptions): Promise<StripeStandIn> {
  const { clock } = options;
  const secretKey = `sk_test_${derived(options.secret, "secret key", 32)}`;
  const webhookSecret = `whsec_${derived(options.secret, "webhook secret", 32)}`;
  const http = Fastify({ forceCloseConnections: true, bodyLimit: 4 * 1024 * 1024 });
  const pages = { url: options.pagesUrl ?? "" };
  const keys = openIdempotencyKeys();
  const faults = openFaults();
  const requests: RecordedRequest[] = [];
  const stopping = new AbortController();
  const settings = { ...DEFAULT_SETTINGS };
  const core = openEngineCore({
    clock,
    secret: options.secret,
    urls: {
      checkout: (id) => hostedUrls(pages.url).checkout(id),
      invoice: (id) => hostedUrls(pages.url).invoice(id),
      portal: (id) => hostedUrls(pages.url).portal(id),
    },
    settings,
    render: (object, type) => ({ object: asOfVersion(webhooks.apiVersion, type, object), apiVersion: webhooks.apiVersion }),
    endpoints: () => (webhooks.url === null ? 0 : 1),
    onChanges: (_changes: readonly Change[]) => undefined,
  });
  const webhooks: DeliveringWebhooks = openWebhooks({ secret: webhookSecret, log: core.log, clock, onDelivered: core.markDelivered });
  core.onEvent(webhooks.take);
  const wait = (milliseconds: number): Promise<void> => sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
  const standIn: StripeStandIn = {
    get apiBase() {
      return addressOf(http);
    },
    get pagesUrl() {
      return pages.url;
    },
    secretKey,
    webhookSecret,
    engine: openEngine(core),
    webhooks,
    faults,
    clock,
    requests,
    settle: () => settle(core, webhooks, clock),
    nextDueAt: () => earliest(core.nextDueAt(), webhooks.nextRetryAt()),
    async stop() {
      stopping.abort();
      webhooks.stop();
      await http.close();
    },
  };
  await http.register(
    (api) =>
      stripeApi(api, {
        core,
        faults,
        keys,
        secretKey,
        newestVersion: NEWEST_VERSION,
        isDelivered: webhooks.isDelivered,
        onAnswer: (request) => {
          requests.push(request);
          if (requests.length > 1.1 * REQUESTS_KEPT) requests.splice(0, requests.length - REQUESTS_KEPT);
        },
        onSaved: () => undefined,
        wait,
      }),
    { prefix: "/v1" },
  );
  if (options.pagesUrl === null) await http.register((hosted) => stripePages(hosted, { stripe: standIn }));
  await listen(http, options.port);
  if (options.pagesUrl === null) pages.url = addressOf(http);
  return standIn;
}

/** Due work and deliveries make each other: until neither has anything left. */
async function settle(core: EngineCore, webhooks: DeliveringWebhooks, clock: { now(): Date }): Promise<void> {
  for (;;) {
    const now = Math.floor(clock.now().getTime() / 1000);
    core.advanceTo(now);
    await webhooks.settle();
    const next = earliest(core.nextDueAt(), webhooks.nextRetryAt());
    if (next === null || next.getTime() / 1000 > Math.floor(clock.now().getTime() / 1000)) return;
  }
}

function earliest(...times: (number | null)[]): Date | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : new Date(Math.min(...known) * 1000);
}

async function listen(http: FastifyInstance, port: number): Promise<void> {
  try {
    await http.listen({ host: HOST, port });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw new Error(`Port ${port}, which the sandbox's Stripe wants, is taken by another program.`);
    throw error;
  }
}

function addressOf(http: FastifyInstance): string {
  const address = http.server.address();
  return address !== null && typeof address === "object" ? `http://${HOST}:${address.port}` : "";
}

import { setTimeout as sleep } from "node:timers/promises";
import Fastify, { type FastifyInstance } from "fastify";
import { DEFAULT_SETTINGS, openEngine } from "./engine.ts";
import { type EngineCore, openEngineCore } from "./engine-core.ts";
import { asOfVersion } from "./event-versions.ts";
import { openFaults } from "./faults.ts";
import { type HostedUrls, hostedUrls } from "./hosted-urls.ts";
import { stripeApi } from "./http/api.ts";
import { type IdempotencyKeys, openIdempotencyKeys } from "./http/idempotency.ts";
import { type Journal, openJournal, type Restored, readJournal } from "./journal.ts";
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
  const pages = { url: options.pagesUrl ?? "" };
  const memory = openMemory(options, webhookSecret, pages);
  const { core, webhooks, keys } = memory;
  const faults = openFaults();
  const requests: RecordedRequest[] = [];
  const stopping = new AbortController();
  const http = Fastify({ forceCloseConnections: true, bodyLimit: 4 * 1024 * 1024 });
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
      memory.close();
    },
  };
  await http.register(stripeApi, {
    prefix: "/v1",
    core,
    faults,
    keys,
    secretKey,
    newestVersion: NEWEST_VERSION,
    isDelivered: webhooks.isDelivered,
    onAnswer: (request) => keepRequest(requests, request),
    onSaved: memory.saveAnswer,
    wait: (milliseconds) => sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined),
  });
  if (options.pagesUrl === null) await http.register(stripePages, { stripe: standIn });
  await listen(http, options.port);
  if (options.pagesUrl === null) pages.url = addressOf(http);
  return standIn;
}

interface Memory {
  readonly core: EngineCore;
  readonly webhooks: DeliveringWebhooks;
  readonly keys: IdempotencyKeys;
  saveAnswer: Journal["appendAnswer"];
  close(): void;
}

/** The simulator with what an earlier process left of it. */
function openMemory({ home, clock, secret }: StripeStandInOptions, webhookSecret: string, pages: { url: string }): Memory {
  const keys = openIdempotencyKeys();
  let journal: Journal | null = null;
  const core = openEngineCore({
    clock,
    secret,
    urls: urlsOf(pages),
    settings: { ...DEFAULT_SETTINGS },
    render: (object, type) => ({ object: asOfVersion(webhooks.apiVersion, type, object), apiVersion: webhooks.apiVersion }),
    endpoints: () => (webhooks.url === null ? 0 : 1),
    onChanges: (changes, minted) => journal?.append(changes, minted),
    onForgotten: (eventIds) => webhooks.forget(eventIds),
  });
  const webhooks = openWebhooks({ secret: webhookSecret, log: core.log, clock, onDelivered: core.markDelivered });
  if (home !== null) {
    let restored: Restored = { minted: 0, answers: [] };
    core.restore((state, log) => {
      restored = readJournal(home, state, log);
    });
    core.world.mint.skipTo(restored.minted);
    for (const answer of restored.answers) keys.save(answer);
    for (const event of core.log.all()) if (event.pending_webhooks > 0) webhooks.resume(event);
    journal = openJournal(home, core.world.state, core.log, { ...restored, answers: [...keys.all()] });
  }
  core.onEvent(webhooks.take);
  return { core, webhooks, keys, saveAnswer: (answer) => journal?.appendAnswer(answer), close: () => journal?.close() };
}

/** The address is known only when the port is: it is asked for at each use. */
function urlsOf(pages: { readonly url: string }): HostedUrls {
  return {
    checkout: (id) => hostedUrls(pages.url).checkout(id),
    invoice: (id) => hostedUrls(pages.url).invoice(id),
    portal: (id) => hostedUrls(pages.url).portal(id),
  };
}

function keepRequest(requests: RecordedRequest[], request: RecordedRequest): void {
  requests.push(request);
  // Cut in great pieces, since each cut moves all that is left.
  if (requests.length > 1.1 * REQUESTS_KEPT) requests.splice(0, requests.length - REQUESTS_KEPT);
}

/** Due work and deliveries make each other: until neither has anything left. */
async function settle(core: EngineCore, webhooks: DeliveringWebhooks, clock: { now(): Date }): Promise<void> {
  const now = (): number => Math.floor(clock.now().getTime() / 1000);
  for (;;) {
    core.advanceTo(now());
    await webhooks.settle();
    const next = earliest(core.nextDueAt(), webhooks.nextRetryAt());
    if (next === null || next.getTime() / 1000 > now()) return;
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

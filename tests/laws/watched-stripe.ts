import { once } from "node:events";
import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { StripeStandIn } from "@gatehouse/sandbox/stripe/stand-in";
import { startStripe } from "@gatehouse/sandbox/stripe/stripe";
import { testClock } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { vi } from "vitest";

/** A request to Stripe, and the transactions that stood open for as long as it was not answered. */
export interface WatchedRequest {
  /** Such as `POST /v1/checkout/sessions/ID/expire`. */
  readonly what: string;
  readonly openTransactions: readonly string[];
}
export interface WatchedBilling {
  readonly server: BillingServer;
  /** Everything that was asked so far, oldest first. */
  readonly requests: readonly WatchedRequest[];
  close(): Promise<void>;
}

/**
 * A server whose every request to Stripe is held, until PostgreSQL has said which transactions are open: one that waits for the answer
 * stays, and every other one ends by itself.
 */
export async function openWatchedBilling(): Promise<WatchedBilling> {
  const stripe = await startStripe({ home: null, port: 0, clock: testClock(), secret: "of a test", pagesUrl: null });
  const requests: WatchedRequest[] = [];
  let openTransactions: () => Promise<string[]> = () => Promise.resolve([]);
  const proxy = await listen(
    createServer((request, response) => {
      const what = `${request.method} ${String(request.url)
        .split("?")[0]
        ?.replace(/\b[a-z]{2,4}_\w+/g, "ID")}`;
      void stayingOpen(openTransactions)
        .then((open) => void requests.push({ what, openTransactions: open }))
        .finally(() => pass(request, response, stripe.apiBase));
    }),
  );
  const server = await openBillingServer({ stripe, env: { STRIPE_API_BASE: addressOf(proxy) } });
  openTransactions = async () => {
    const rows = await server.database.query<{ transaction: string }>(
      `select concat_ws(' ', pid, xact_start, query) as transaction from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and xact_start is not null`,
    );
    return rows.map(({ transaction }) => transaction);
  };
  return {
    server,
    requests,
    async close() {
      await server.close();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await stripe.stop();
    },
  };
}

/** Of the transactions that are open now, those that do not end. */
async function stayingOpen(look: () => Promise<string[]>): Promise<string[]> {
  let left = await look();
  const narrow = async (): Promise<void> => {
    const now = new Set(await look());
    left = left.filter((one) => now.has(one));
    if (left.length > 0) throw new Error("still open");
  };
  // Less than a request to Stripe may take: one that is held longer fails of itself.
  if (left.length > 0) await vi.waitFor(narrow, { timeout: 3000, interval: 5 }).catch(() => undefined);
  return left;
}

function pass(request: IncomingMessage, response: ServerResponse, to: StripeStandIn["apiBase"]): void {
  const { method, headers, url } = request;
  const onward = ask(new URL(String(url), to), { ...(method === undefined ? {} : { method }), headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

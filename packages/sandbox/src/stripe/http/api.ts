import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { EngineCore } from "../engine-core.ts";
import type { Faults } from "../faults.ts";
import { invalid, StripeRefusal } from "../refusal.ts";
import type { RecordedRequest } from "../stand-in.ts";
import { CATALOGUE_ROUTES } from "./catalogue-routes.ts";
import { CHECKOUT_ROUTES } from "./checkout-routes.ts";
import { CUSTOMER_ROUTES } from "./customer-routes.ts";
import { EVENT_ROUTES } from "./event-routes.ts";
import { expand } from "./expand.ts";
import { decodeForm, type RawObject } from "./form.ts";
import type { IdempotencyKeys, SavedAnswer } from "./idempotency.ts";
import { PAYMENT_ROUTES } from "./invoice-routes.ts";
import { splitExpand } from "./params.ts";
import { PORTAL_ROUTES } from "./portal-routes.ts";
import { openRouter } from "./route.ts";
import { SUBSCRIPTION_ROUTES } from "./subscription-routes.ts";

export interface ApiOptions {
  readonly core: EngineCore;
  readonly faults: Faults;
  readonly keys: IdempotencyKeys;
  readonly secretKey: string;
  readonly newestVersion: string;
  isDelivered(eventId: string): boolean;
  onAnswer(request: RecordedRequest): void;
  /** An answer that is to outlive the process. */
  onSaved(answer: SavedAnswer): void;
  /** Waits, wall time, for a `slow` fault. */
  wait(milliseconds: number): Promise<void>;
}

const ROUTES = [
  ...CUSTOMER_ROUTES,
  ...CATALOGUE_ROUTES,
  ...CHECKOUT_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  ...PAYMENT_ROUTES,
  ...PORTAL_ROUTES,
  ...EVENT_ROUTES,
];
const SLOW_MILLISECONDS = 30_000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The API under /v1, as the official client speaks to it: forms in, JSON out. */
export async function stripeApi(http: FastifyInstance, options: ApiOptions): Promise<void> {
  const find = openRouter(ROUTES);
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  http.route({
    method: ["GET", "POST", "DELETE"],
    url: "/*",
    handler: async (request, reply) => {
      const requestId = options.core.world.mint.id("req_", 14);
      const asked = readRequest(request);
      const note = (status: number): void => options.onAnswer({ ...asked.recorded, status });
      const fault = options.faults.meet(request.method, asked.recorded.path);
      if (fault === "slow") {
        const isHeld = asked.recorded.idempotencyKey !== null && request.method === "POST";
        if (isHeld) options.keys.begin(asked.recorded.idempotencyKey ?? "", asked.text);
        note(0);
        await options.wait(SLOW_MILLISECONDS);
        options.keys.end(asked.recorded.idempotencyKey ?? "");
      }
      if (fault === "slow" || fault === "down") {
        if (fault === "down") note(0);
        request.raw.socket.destroy();
        return reply.hijack();
      }
      const answer = fault === "garbage" ? GARBAGE : answerTo(options, find, asked, fault, requestId);
      note(fault === "lost_answer" ? 0 : answer.status);
      if (fault === "lost_answer") {
        request.raw.socket.destroy();
        return reply.hijack();
      }
      return send(reply, answer, asked, requestId, options.newestVersion);
    },
  });
  await Promise.resolve();
}

interface Asked {
  readonly recorded: Omit<RecordedRequest, "status">;
  readonly raw: RawObject | StripeRefusal;
  /** What a repeat with the same idempotency key must equal. */
  readonly text: string;
  readonly authorization: string;
}

function readRequest(request: FastifyRequest): Asked {
  const [path = "", query = ""] = request.url.split("?", 2);
  const encoded = request.method === "POST" && typeof request.body === "string" ? request.body : query;
  const key = request.headers["idempotency-key"];
  let raw: RawObject | StripeRefusal;
  try {
    raw = decodeForm(encoded);
  } catch (error) {
    raw = error instanceof StripeRefusal ? error : invalid("Invalid request.");
  }
  const version = request.headers["stripe-version"];
  return {
    recorded: {
      method: request.method,
      path,
      params: raw instanceof StripeRefusal ? {} : raw,
      idempotencyKey: typeof key === "string" ? key : null,
      apiVersion: typeof version === "string" ? version : null,
    },
    raw,
    text: `${request.method} ${path} ${encoded}`,
    authorization: request.headers.authorization ?? "",
  };
}

const GARBAGE: Answer = { status: 200, body: "<html><body>Upstream says hello</body></html>", headers: { "content-type": "text/html" } };

function answerTo(options: ApiOptions, find: ReturnType<typeof openRouter>, asked: Asked, fault: string, requestId: string): Answer {
  const { core, keys } = options;
  const { recorded, text } = asked;
  const key = recorded.method === "POST" ? recorded.idempotencyKey : null;
  try {
    refuseStranger(asked.authorization, options.secretKey);
    if (asked.raw instanceof StripeRefusal) throw asked.raw;
    const raw = asked.raw;
    const now = core.world.now();
    const saved = key === null ? null : keys.find(key, text, now);
    if (saved !== null)
      return {
        status: saved.status,
        body: saved.body,
        headers: {
          "idempotent-replayed": "true",
          "original-request": saved.requestId,
          ...(saved.status >= 500 ? { "stripe-should-retry": "false" } : {}),
        },
      };
    if (fault === "429") throw new StripeRefusal(429, "invalid_request_error", RATE_LIMITED, { code: "rate_limit" });
    const answer = fault === "500" ? refusalAnswer(BROKEN, requestId) : work(core, find, recorded, raw, options, requestId);
    const isKept = key !== null && answer.status !== 400 && answer.status !== 401 && answer.status !== 429;
    if (isKept) {
      const kept: SavedAnswer = { key, asked: text, status: answer.status, body: answer.body, requestId, at: now };
      keys.save(kept);
      options.onSaved(kept);
    }
    return answer;
  } catch (error) {
    if (error instanceof StripeRefusal) return refusalAnswer(error, requestId);
    throw error;
  }
}

const RATE_LIMITED = "Request rate limit exceeded. Learn more about rate limits here https://docs.stripe.com/rate-limits.";
const BROKEN = new StripeRefusal(500, "api_error", "An unknown error occurred");

function work(
  core: EngineCore,
  find: ReturnType<typeof openRouter>,
  { method, path, idempotencyKey }: Asked["recorded"],
  raw: RawObject,
  options: ApiOptions,
  requestId: string,
): Answer {
  try {
    const found = find(method, path);
    if (found === null)
      throw new StripeRefusal(404, "invalid_request_error", `Unrecognized request URL (${method}: ${path}). The sandbox does not know it.`);
    const { expand: paths, rest } = splitExpand(raw);
    const { world, log } = core;
    const cause = { id: requestId, idempotency_key: idempotencyKey };
    const call = { world, log, id: found.id, params: rest, runClock: core.advanceClock, isDelivered: options.isDelivered };
    const body = core.transact(() => found.route.run(call), cause);
    return { status: 200, body: JSON.stringify(paths.length === 0 ? body : expand(world, body, paths)) };
  } catch (error) {
    if (error instanceof StripeRefusal) return refusalAnswer(error, requestId);
    throw error;
  }
}

/** The key comes as a bearer token or as the user name of basic authentication. */
function refuseStranger(authorization: string, secretKey: string): void {
  const [scheme = "", value = ""] = authorization.split(" ", 2);
  const given =
    scheme === "Basic" ? (Buffer.from(value, "base64").toString("utf8").split(":", 1)[0] ?? "") : scheme === "Bearer" ? value : "";
  if (given === secretKey) return;
  const message =
    given === ""
      ? "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
      : `Invalid API Key provided: ${given.slice(0, 8)}${"*".repeat(8)}${given.slice(-4)}`;
  throw new StripeRefusal(401, "invalid_request_error", message);
}

function refusalAnswer({ status, type, message, details }: StripeRefusal, requestId: string): Answer {
  const { code, param, declineCode, extra } = details;
  const error = {
    ...extra,
    ...(code === undefined ? {} : { code, doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll("_", "-")}` }),
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    message,
    ...(param === undefined ? {} : { param }),
    request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
    type,
  };
  const headers: Record<string, string> = status === 429 ? { "retry-after": "1", "stripe-should-retry": "true" } : {};
  return { status, body: JSON.stringify({ error }), headers };
}

function send(reply: FastifyReply, answer: Answer, { recorded }: Asked, requestId: string, newestVersion: string): FastifyReply {
  reply.code(answer.status).headers({
    "content-type": "application/json",
    "request-id": requestId,
    "stripe-version": recorded.apiVersion ?? newestVersion,
    ...(recorded.idempotencyKey === null ? {} : { "idempotency-key": recorded.idempotencyKey }),
    ...answer.headers,
  });
  return reply.send(answer.body);
}

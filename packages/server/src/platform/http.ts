import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { App } from "./app.ts";
import { type ErrorCatalogue, toProblem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { Refusal } from "./refuse.ts";

/** Bodies are small; what is larger is refused before it is read to its end. */
const BODY_BYTES_MAX = 64 * 1024;
/** For answers that are data. What answers a page sets the rest: a policy for scripts, frames and referrers (CS-5). */
const HEADERS = { "x-content-type-options": "nosniff", "cache-control": "no-store" } as const;
const HTTPS_HEADERS = { ...HEADERS, "strict-transport-security": "max-age=31536000; includeSubDomains" } as const;

const unused = (): never => {
  throw new Error("a route's schema belongs in the contract: Fastify compiles none");
};
/**
 * Requests are checked by the contract's Zod schemas and answers cut by `serve`. Left to itself, Fastify loads a JSON-schema compiler and a
 * serializer that nobody asks: a tenth of the start.
 */
const NO_COMPILERS = { buildValidator: unused, buildSerializer: unused };

/** The bare server: limits on what a stranger can send, one reading of JSON, one shape of refusals, one log line a request. */
export function openHttp(app: Pick<App, "config" | "log" | "ids">, catalogue: ErrorCatalogue): FastifyInstance {
  let last = 0;
  const start = app.ids.next().slice(0, 13);
  const headers = app.config.baseUrl.startsWith("https:") ? HTTPS_HEADERS : HEADERS;
  const http = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    // Fastify sets both to 0, which would switch Node's own bound off (IV-2).
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    trustProxy: app.config.trustProxy.length > 0 ? [...app.config.trustProxy] : false,
    genReqId() {
      last += 1;
      return `${start}-${last}`;
    },
    onProtoPoisoning: "error",
    onConstructorPoisoning: "error",
    forceCloseConnections: "idle",
    return503OnClosing: true,
    routerOptions: { maxParamLength: 200 },
    clientErrorHandler: refuseRawRequest,
    schemaController: { compilersFactory: NO_COMPILERS },
    // An address that cannot be read (%zz) reaches neither hooks nor the error handler.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply.headers(headers).header("x-request-id", request.id)),
  });
  const sendProblem = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(thrown, { catalogue, baseUrl: app.config.baseUrl, requestId: request.id, log: app.log });
    if (problem.retryAfterSeconds !== null) void reply.header("retry-after", problem.retryAfterSeconds);
    return reply.code(problem.status).header("content-type", "application/problem+json; charset=utf-8").send(JSON.stringify(problem.body));
  };
  http.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  http.setNotFoundHandler((request, reply) => {
    sendProblem(new Refusal("route_not_found"), request, reply);
  });
  readJsonOnly(http);
  http.addHook("onRequest", (request, reply, done) => {
    reply.headers(headers);
    reply.header("x-request-id", request.id);
    done();
  });
  logRequests(http, app);
  return http;
}

/** How soon a connection that was kept alive is closed once its last request has been answered. */
const IDLE_LOOK_MILLISECONDS = 25;

/**
 * Takes no new connection and lets the requests under way end.
 * @param seconds requests that have not ended by then are cut off
 */
export async function closeHttp(http: FastifyInstance, seconds: number): Promise<void> {
  // Fastify closes what is idle once; what falls idle later would keep us for as long as the client keeps it alive, 72 s.
  const idle = setInterval(() => http.server.closeIdleConnections(), IDLE_LOOK_MILLISECONDS);
  const late = setTimeout(() => http.server.closeAllConnections(), seconds * 1000);
  try {
    await http.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

/** JSON and nothing else, whatever the spelling of the content type. */
function readJsonOnly(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (bytes.length === 0) return done(null, undefined);
    try {
      done(null, readJson(bytes));
    } catch {
      done(new Refusal("malformed_request"), undefined);
    }
  });
}

/** A read that took longer is worth a line. */
const SLOW_MILLISECONDS = 1000;

/**
 * A line for what changes something, fails or is slow; plain reads, and routes that keep their own record (`logLevel: "debug"`), only at
 * debug, where they would cost a tenth of the request. No query (a link's token may stand there), no headers, no body.
 */
function logRequests(http: FastifyInstance, app: Pick<App, "log">): void {
  http.addHook("onResponse", (request, reply, done) => {
    const status = reply.statusCode;
    const isQuiet = request.method === "GET" || request.method === "HEAD" || request.routeOptions.logLevel === "debug";
    const level = status >= 500 ? "warn" : isQuiet && status < 400 && reply.elapsedTime < SLOW_MILLISECONDS ? "debug" : "info";
    if (app.log.isLevelEnabled(level)) {
      const ms = Math.round(reply.elapsedTime * 10) / 10;
      app.log[level]({ request_id: request.id, method: request.method, path: pathOf(request), status, ms, ip: request.ip }, "request");
    }
    done();
  });
}

/** The path of a request without its query, and without a token where one stands in it (LG-1): it is said as it is declared. */
function pathOf(request: FastifyRequest): string {
  const declared = request.routeOptions.url;
  if (declared?.includes(":token")) return declared;
  const query = request.url.indexOf("?");
  const path = query === -1 ? request.url : request.url.slice(0, query);
  // Of what is no route of ours, a link that was copied badly: as long as a token, and so taken for one.
  return path.replaceAll(/[\w-]{43}/g, "***");
}

/** What is not HTTP at all, or came too slowly: there is no request to answer, only a socket. */
function refuseRawRequest(error: Error & { code?: string }, socket: import("node:net").Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const [status, code] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? ["408 Request Timeout", "request_timeout"] : ["400 Bad Request", "malformed_request"];
  const body = JSON.stringify({
    type: "about:blank",
    title: status.slice(4),
    status: Number(status.slice(0, 3)),
    code,
    detail: "",
    request_id: "",
  });
  if (socket.writable) {
    socket.end(
      `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  } else socket.destroy();
}

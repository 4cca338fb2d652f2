import { Readable } from "node:stream";
import type { AnswerOf, RequestOf, RouteShape } from "@gatehouse/contract";
import { addHours, may, type Role } from "@gatehouse/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { App, Tx } from "./app.ts";
import type { Origin } from "./audit.store.ts";
import type { Config } from "./config.ts";
import { cutterOf } from "./cut-answer.ts";
import { claimKey, findKey, type IdempotencyClaim, storeAnswer } from "./idempotency.store.ts";
import { Refusal, refuse } from "./refuse.ts";

/** Who calls, in which account: from the session's membership, never from the request. */
export interface Actor {
  readonly userId: string;
  readonly sessionId: string;
  readonly accountId: string;
  readonly role: Role;
  /** Looks after all accounts; given by the command line alone. */
  readonly isOperator: boolean;
  /** The operator who looks at the account as this person, reading only; null: the person themself. */
  readonly impersonatedBy: string | null;
}
declare module "fastify" {
  interface FastifyContextConfig {
    /** As the route declares it, for the guards. */
    isExport?: boolean;
  }
}

/** A scope of the server: where routes are hung, and who tells who is calling. */
export interface Http {
  readonly fastify: FastifyInstance;
  /** @throws Refusal authentication_required | access_token_expired | session_ended | account_not_found */
  authenticate(request: FastifyRequest): Actor | Promise<Actor>;
  /** Every route served so far, for the OpenAPI document. */
  readonly served: RouteShape[];
  /** true in tests: an answer that is not exactly as declared is an error instead of being cut down to it. */
  readonly strictAnswers: boolean;
}

/**
 * Runs `work` in the one transaction of the request. With an Idempotency-Key the key and the answer are stored in that transaction too:
 * the same request again gets the same answer and has no second effect.
 */
type Transact<R extends RouteShape> = (work: (tx: Tx) => Promise<AnswerOf<R>>) => Promise<AnswerOf<R>>;

export interface Call<R extends RouteShape> extends RequestOf<R> {
  /** Present on routes for signed-in people. */
  readonly actor: R["auth"] extends "session" ? Actor : null;
  readonly origin: Origin;
  /** Within the actor's account. */
  readonly transact: Transact<R>;
  /**
   * For what asks the outside before its transaction: a request that was answered before gets that answer and asks nobody again, and
   * another body with the same key is refused before anything is done. The key is taken by `transact`.
   */
  replayIfAnswered(): Promise<void>;
  /** For what no account owns (the person's own row). @param reason as `db.asSystem` takes it */
  transactAsSystem(reason: string, work: (tx: Tx) => Promise<AnswerOf<R>>): Promise<AnswerOf<R>>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route with media of its own may answer a stream: it is sent as fast as the caller reads, and destroyed when they go away. */
type Handled<R extends RouteShape> = AnswerOf<R> | (R["media"] extends readonly string[] ? Readable : never);

const KEY_HOURS = 24;
const KEY_LENGTH_MAX = 200;

/** A stored answer, thrown out of the transaction that would have done the work again. */
class Replay extends Error {
  readonly answer: unknown;
  constructor(answer: unknown) {
    super("replay");
    this.answer = answer;
  }
}

/** Hangs a route of the contract on the server. The handler only translates between the wire and one use case. */
export function serve<R extends RouteShape>(
  http: Http,
  app: Pick<App, "db" | "clock" | "config" | "secrets">,
  route: R,
  handle: (call: Call<R>) => Promise<Handled<R>> | Handled<R>,
): void {
  http.served.push(route);
  const present = presenter(route, http.strictAnswers);
  http.fastify.route({
    method: route.method,
    url: `/api/v1${route.path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    ...(route.auth === "none" && route.method !== "GET" ? { onRequest: refuseOtherSites(app) } : {}),
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
    config: { isExport: route.exports ?? false },
    handler: async (request, reply) => {
      const actor = route.auth === "session" ? await http.authenticate(request) : null;
      requirePermission(route, actor);
      const checked = check(route, request);
      const call = { ...checked, actor, request, reply, origin: originOf(request), ...transactions(app, route, request, actor) };
      let answer: Handled<R>;
      try {
        // The handler's types follow the route's; here they are only carried.
        answer = await handle(call as Call<R>);
      } catch (thrown) {
        if (!(thrown instanceof Replay)) throw thrown;
        reply.header("idempotency-replayed", "true");
        answer = thrown.answer as AnswerOf<R>;
      }
      if (reply.sent) return reply;
      reply.code(route.accepted?.safeParse(answer).success ? 202 : route.status);
      return present(reply, answer);
    },
  });
}

/**
 * The one place where roles are enforced: what a route needs stands in its declaration.
 * @throws Refusal permission_denied | route_not_found | impersonation_account_only
 */
function requirePermission(route: RouteShape, actor: Actor | null): void {
  if (route.operator && !actor?.isOperator) refuse("route_not_found");
  if (route.permission && (actor === null || !may(actor.role, route.permission))) refuse("permission_denied");
  // What needs a permission is the account's; the rest is shown only where a route says that it is.
  if (actor !== null && actor.impersonatedBy !== null && !route.permission && !route.ofAccount) refuse("impersonation_account_only");
}

/**
 * Hangs a route whose body is taken byte for byte, of whatever content type or none: its sender proves itself by a signature over it.
 * Outside the reading of JSON; and outside the check of origins, for there is no cookie to guard. `http` lists it like any other.
 */
export async function serveBytes<R extends RouteShape>(
  http: Http,
  route: R,
  handle: (call: { readonly body: Buffer; readonly request: FastifyRequest }) => Promise<AnswerOf<R>>,
): Promise<void> {
  http.served.push(route);
  const present = presenter(route, http.strictAnswers);
  await http.fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // Fastify would refuse one that cannot be read before any parser is asked.
    scope.addHook("onRequest", (request, _reply, next) => {
      delete request.headers["content-type"];
      next();
    });
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, read) => read(null, body));
    scope.route({
      method: route.method,
      url: `/api/v1${route.path}`,
      ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
      // What is taken is kept where it is taken to.
      logLevel: "debug",
      handler: async (request, reply) => {
        // Without a body no parser is asked.
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const answer = await handle({ body, request });
        return present(reply.code(route.status), answer);
      },
    });
    done();
  });
}

type Presenter = (reply: FastifyReply, answer: unknown) => FastifyReply;

/** Only what the route declares leaves the house: a column selected by mistake is cut off here. */
function presenter(route: RouteShape, strict: boolean): Presenter {
  if (route.status === 204) return (reply) => reply.send();
  if (route.media) return (reply, answer) => reply.send(reply.request.method === "HEAD" ? withoutReading(answer) : answer);
  const shape = route.accepted ? z.union([route.response, route.accepted]) : route.response;
  const cut = strict ? exactly(route, shape) : cutterOf(shape);
  // A frozen answer is given again and again: it is cut and written once.
  const written = new WeakMap<object, string>();
  const write = (answer: unknown): string => {
    if (strict || typeof answer !== "object" || answer === null || !Object.isFrozen(answer)) return JSON.stringify(cut(answer));
    const text = written.get(answer) ?? JSON.stringify(cut(answer));
    written.set(answer, text);
    return text;
  };
  return (reply, answer) => reply.header("content-type", "application/json; charset=utf-8").send(write(answer));
}

/** Fastify would read a stream to its end for a HEAD, to throw everything away. */
function withoutReading(answer: unknown): unknown {
  if (!(answer instanceof Readable)) return answer;
  answer.destroy();
  return undefined;
}

/** For tests: the whole check of the schema, and an error for what it does not declare. */
function exactly(route: RouteShape, shape: z.ZodType): (answer: unknown) => unknown {
  return (answer) => {
    const parsed = shape.parse(answer);
    if (JSON.stringify(parsed) === JSON.stringify(answer)) return parsed;
    const declared = new Set(Object.keys(Object(parsed)));
    const extra = Object.keys(Object(answer)).filter((key) => !declared.has(key));
    throw new Error(
      `${route.method} ${route.path} answers more than it declares, or in another order: ${extra.join(", ") || "see its nested fields"}`,
    );
  };
}

function check<R extends RouteShape>(route: R, request: FastifyRequest): RequestOf<R> {
  const problems: { at: string; why: string }[] = [];
  const read = (schema: z.ZodType | undefined, value: unknown, place: string): unknown => {
    if (!schema) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues.slice(0, 20))
      problems.push({ at: [place, ...issue.path.map(String)].join("."), why: issue.message });
    return undefined;
  };
  const parts = {
    params: read(route.params, request.params, "path"),
    query: read(route.query, request.query, "query"),
    body: read(route.body, request.body === null ? undefined : request.body, "body"),
  };
  // An id that is no id names nothing: as unknown as any other.
  if (problems.some((problem) => problem.at.startsWith("path."))) refuse(notFoundCode(route));
  if (problems.length > 0) refuse("invalid_request", { problems });
  return parts as RequestOf<R>;
}

const notFoundCode = (route: RouteShape): string => route.errors.find((code) => code.endsWith("_not_found")) ?? "route_not_found";

export const originOf = (request: FastifyRequest): Origin => ({
  ip: request.ip ?? null,
  userAgent: request.headers["user-agent"]?.slice(0, 300) ?? null,
});

function transactions(app: Pick<App, "db" | "clock" | "secrets">, route: RouteShape, request: FastifyRequest, actor: Actor | null) {
  const within = async (tx: Tx, work: (tx: Tx) => Promise<unknown>): Promise<unknown> => {
    const claim = actor && route.idempotent ? claimOf(app, route, request, actor) : null;
    if (claim === null) return work(tx);
    const now = app.clock.now();
    const stored = await claimKey(tx, claim, now, addHours(now, KEY_HOURS));
    if (stored !== null) replay(claim, stored);
    const answer = await work(tx);
    await storeAnswer(tx, claim, answer ?? null);
    return answer;
  };
  return {
    transact(work: (tx: Tx) => Promise<unknown>) {
      if (!actor) throw new Error(`${route.method} ${route.path} knows no account`);
      return app.db.forAccount(actor.accountId, (tx) => within(tx, work));
    },
    async replayIfAnswered() {
      const claim = actor && route.idempotent ? claimOf(app, route, request, actor) : null;
      if (claim === null) return;
      const stored = await app.db.forAccount(claim.accountId, (tx) => findKey(tx, claim, app.clock.now()));
      if (stored !== null) replay(claim, stored);
    },
    transactAsSystem: (reason: string, work: (tx: Tx) => Promise<unknown>) => app.db.asSystem(reason, (tx) => within(tx, work)),
  };
}

function replay(claim: IdempotencyClaim, stored: { bodyHash: Buffer; answer: unknown }): never {
  if (!stored.bodyHash.equals(claim.bodyHash)) refuse("idempotency_key_reused");
  throw new Replay(Object(stored.answer)["answer"]);
}

function claimOf(app: Pick<App, "secrets">, route: RouteShape, request: FastifyRequest, actor: Actor): IdempotencyClaim | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key !== "string" || key.length === 0 || key.length > KEY_LENGTH_MAX) {
    refuse("invalid_request", { problems: [{ at: "header.idempotency-key", why: `must have 1 to ${KEY_LENGTH_MAX} characters` }] });
  }
  // Keyed: a body may hold a password, and a bare hash of it could be guessed at (law 7).
  const bodyHash = app.secrets.digest("idempotency", JSON.stringify([request.params, request.query, request.body]));
  return { accountId: actor.accountId, userId: actor.userId, route: `${route.method} ${route.path}`, key, bodyHash };
}

/**
 * Routes that need no access token act on the browser's cookie or set one, so a foreign page must not reach them (CS-1, CS-2).
 * A browser always says where a POST comes from; other programs say nothing and carry no cookie.
 */
function refuseOtherSites(app: Pick<App, "config">) {
  const own = new Set([...ownOrigins(app.config), ...app.config.allowedOrigins]);
  return (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
    const { origin, cookie } = request.headers;
    const site = request.headers["sec-fetch-site"];
    const isForeign =
      origin !== undefined ? !own.has(origin) : site !== undefined ? site !== "same-origin" && site !== "none" : cookie !== undefined;
    done(isForeign ? new Refusal("cross_site_request") : undefined);
  };
}

/** On loopback, the machine's two names for itself are one. */
function ownOrigins({ baseUrl }: Pick<Config, "baseUrl">): string[] {
  const { origin, hostname } = new URL(baseUrl);
  if (hostname !== "127.0.0.1" && hostname !== "localhost") return [origin];
  return ["127.0.0.1", "localhost"].map((name) => origin.replace(hostname, name));
}

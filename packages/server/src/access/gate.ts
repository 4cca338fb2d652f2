import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TokenClaims } from "../platform/access-tokens.ts";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import type { SessionFacts } from "./facts.store.ts";
import { type FactsCache, openFactsCache } from "./facts-cache.ts";

/** Who is calling, and the facts about them: asked once a request, answered from the cache where it is fresh. */
export interface Gate {
  /** @throws Refusal authentication_required | access_token_expired | session_ended */
  authenticate(request: FastifyRequest): Actor | Promise<Actor>;
  /** @throws as `authenticate` */
  factsOf(request: FastifyRequest): SessionFacts | Promise<SessionFacts>;
  readonly cache: FactsCache;
}

declare module "fastify" {
  interface FastifyRequest {
    /** What the gate found out about who is calling; null before it was asked. */
    sessionFacts: SessionFacts | null;
  }
}

export function openGate(app: Pick<App, "db" | "signals" | "tokens" | "clock">, http: FastifyInstance): Gate {
  const cache = openFactsCache(app);
  http.decorateRequest("sessionFacts", null);

  const settle = (request: FastifyRequest, claims: TokenClaims, facts: SessionFacts | null): SessionFacts => {
    // A removed member, a deleted user, an ended session: the token still names them, the facts no longer know them.
    if (!facts || facts.user.id !== claims.userId || facts.sessionExpiresAt.getTime() <= app.clock.now().getTime()) refuse("session_ended");
    request.sessionFacts = facts;
    return facts;
  };
  const look = (request: FastifyRequest, claims: TokenClaims): SessionFacts | Promise<SessionFacts> => {
    const facts = cache.get(claims.sessionId, claims.accountId);
    return facts instanceof Promise ? facts.then((loaded) => settle(request, claims, loaded)) : settle(request, claims, facts);
  };
  const factsOf = (request: FastifyRequest): SessionFacts | Promise<SessionFacts> => {
    if (request.sessionFacts !== null) return request.sessionFacts;
    const claims = app.tokens.verify(bearer(request.headers.authorization));
    return claims instanceof Promise ? claims.then((verified) => look(request, verified)) : look(request, claims);
  };
  return {
    cache,
    factsOf,
    authenticate(request) {
      const facts = factsOf(request);
      return facts instanceof Promise ? facts.then(asActor) : asActor(facts);
    },
  };
}

const asActor = (facts: SessionFacts): Actor => ({
  userId: facts.user.id,
  sessionId: facts.sessionId,
  accountId: facts.account.id,
  role: facts.role,
});

/** RFC 6750, section 2.1: one scheme, one space, one token; what the token is made of is looked at when it is verified. */
function bearer(header: string | undefined): string {
  const scheme = header?.slice(0, 7);
  if (header === undefined || (scheme !== "Bearer " && scheme?.toLowerCase() !== "bearer ")) refuse("authentication_required");
  return header.slice(7);
}

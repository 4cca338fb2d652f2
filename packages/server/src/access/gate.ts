import type { FastifyRequest } from "fastify";
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

export function openGate(app: Pick<App, "db" | "signals" | "tokens" | "clock">): Gate {
  const cache = openFactsCache(app);
  const known = new WeakMap<FastifyRequest, SessionFacts>();

  const settle = (request: FastifyRequest, claims: TokenClaims, facts: SessionFacts | null): SessionFacts => {
    // A removed member, a deleted user, an ended session: the token still names them, the facts no longer know them.
    if (!facts || facts.user.id !== claims.userId || facts.sessionExpiresAt <= app.clock.now()) refuse("session_ended");
    known.set(request, facts);
    return facts;
  };
  const look = (request: FastifyRequest, claims: TokenClaims): SessionFacts | Promise<SessionFacts> => {
    const facts = cache.get(claims.sessionId, claims.accountId);
    return facts instanceof Promise ? facts.then((loaded) => settle(request, claims, loaded)) : settle(request, claims, facts);
  };
  const factsOf = (request: FastifyRequest): SessionFacts | Promise<SessionFacts> => {
    const before = known.get(request);
    if (before) return before;
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

/** RFC 6750, section 2.1: one scheme, one space, one token. The bound is far above our tokens' length. */
function bearer(header: string | undefined): string {
  if (header === undefined || header.length > 4096) refuse("authentication_required");
  const match = /^Bearer ([A-Za-z0-9_\-.]+)$/i.exec(header);
  return match?.[1] ?? refuse("authentication_required");
}

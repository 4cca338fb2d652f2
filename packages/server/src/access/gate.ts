import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TokenClaims } from "../platform/access-tokens.ts";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import type { SessionFacts } from "./facts.store.ts";
import { type FactsCache, openFactsCache } from "./facts-cache.ts";
import { type FeatureResolver, openFeatureResolver } from "./feature-resolver.ts";
import { openShadow, type Shadow } from "./shadow.ts";

/** Who is calling, and the facts about them: asked once a request, answered from the cache where it is fresh. */
export interface Gate {
  /** @throws Refusal authentication_required | access_token_expired | session_ended | impersonation_read_only */
  authenticate(request: FastifyRequest): Actor | Promise<Actor>;
  /** @throws as `authenticate` */
  factsOf(request: FastifyRequest): SessionFacts | Promise<SessionFacts>;
  readonly cache: FactsCache;
  /** What the flags are for these facts; resolved once for the same facts, until the answer can change. */
  readonly features: FeatureResolver;
  /** Where guards that only count do so. */
  readonly shadow: Shadow;
}

declare module "fastify" {
  interface FastifyRequest {
    /** What the gate found out about who is calling; null before it was asked. */
    sessionFacts: SessionFacts | null;
  }
}

export function openGate(
  app: Pick<App, "db" | "signals" | "tokens" | "clock" | "catalogue" | "policy" | "config">,
  http: FastifyInstance,
): Gate {
  const cache = openFactsCache(app);
  http.decorateRequest("sessionFacts", null);
  http.addHook("onSend", (request, reply, payload, done) => {
    const impersonation = request.sessionFacts?.impersonation;
    if (impersonation) reply.header("gatehouse-impersonated-by", impersonation.operatorId);
    done(null, payload);
  });

  const settle = (request: FastifyRequest, claims: TokenClaims, facts: SessionFacts | null): SessionFacts => {
    // A removed member, a deleted user, an ended session: the token still names them, the facts no longer know them.
    if (!facts || facts.user.id !== claims.userId || facts.sessionExpiresAt.getTime() <= app.clock.now().getTime()) refuse("session_ended");
    if ((facts.impersonation?.operatorId ?? null) !== claims.operatorId) refuse("session_ended");
    request.sessionFacts = facts;
    // Here, where everybody passes who is signed in: whatever a route does, it does not do it for them.
    if (facts.impersonation && request.method !== "GET" && request.method !== "HEAD") refuse("impersonation_read_only");
    return facts;
  };
  const look = (request: FastifyRequest, claims: TokenClaims): SessionFacts | Promise<SessionFacts> => {
    const facts = cache.get(claims.sessionId, claims.accountId, claims.operatorId === null ? "session" : "impersonation");
    return facts instanceof Promise ? facts.then((loaded) => settle(request, claims, loaded)) : settle(request, claims, facts);
  };
  const factsOf = (request: FastifyRequest): SessionFacts | Promise<SessionFacts> => {
    if (request.sessionFacts !== null) return request.sessionFacts;
    const claims = app.tokens.verify(bearer(request.headers.authorization));
    return claims instanceof Promise ? claims.then((verified) => look(request, verified)) : look(request, claims);
  };
  return {
    cache,
    features: openFeatureResolver(app),
    shadow: openShadow(app),
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
  isOperator: facts.user.isOperator,
  impersonatedBy: facts.impersonation?.operatorId ?? null,
});

/** RFC 6750, section 2.1: one scheme, one space, one token; what the token is made of is looked at when it is verified. */
function bearer(header: string | undefined): string {
  const scheme = header?.slice(0, 7);
  if (header === undefined || (scheme !== "Bearer " && scheme?.toLowerCase() !== "bearer ")) refuse("authentication_required");
  return header.slice(7);
}

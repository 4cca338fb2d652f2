import type { FastifyReply, FastifyRequest } from "fastify";
import type { Refusal } from "../platform/refuse.ts";
import type { SessionFacts } from "./facts.store.ts";
import type { Gate } from "./gate.ts";

/** A Fastify `onRequest` hook: mounted on a route or on a whole router, it answers before the body is read. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** A guard that asks the facts of who is calling; synchronous where they are in the cache. @param why undefined lets pass */
export const onFacts =
  (gate: Pick<Gate, "factsOf">, why: (request: FastifyRequest, facts: SessionFacts) => Refusal | undefined): Guard =>
  (request, _reply, done) => {
    let facts: SessionFacts | Promise<SessionFacts>;
    try {
      facts = gate.factsOf(request);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    if (facts instanceof Promise) facts.then((loaded) => done(why(request, loaded)), done);
    else done(why(request, facts));
  };

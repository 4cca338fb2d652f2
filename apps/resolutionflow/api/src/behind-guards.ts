import type { Guard } from "@gatehouse/server/access/on-facts";
import type { Http } from "@gatehouse/server/platform/serve";

/**
 * Hangs routes in a scope of their own, behind `guards`: those answer in their order, before a body is read.
 * So whatever is added to the scope is guarded too.
 */
export async function behindGuards(http: Http, guards: readonly Guard[], hang: (guarded: Http) => void): Promise<void> {
  await http.fastify.register((scope, _options, done) => {
    for (const guard of guards) scope.addHook("onRequest", guard);
    hang({ ...http, fastify: scope });
    done();
  });
}

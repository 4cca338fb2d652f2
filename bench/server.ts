/**
 * The product's own command line with two routes more, which answer the same small constant without any SQL: one behind both guards, one for a
 * session alone. What the guards cost is their difference.
 */
import { route } from "@gatehouse/contract";
import { requireActiveSubscription, requireVerifiedEmailAfterGrace } from "@gatehouse/server/access/guards";
import { runCli } from "@gatehouse/server/cli";
import { processEnvironment } from "@gatehouse/server/platform/config";
import { serve } from "@gatehouse/server/platform/serve";
import type { Product } from "@gatehouse/server/server";
import { resolutionFlow } from "@resolutionflow/api";
import { z } from "zod";

const benchRoute = <const P extends "/bench/guarded" | "/bench/unguarded">(path: P) =>
  route({
    method: "GET",
    path,
    auth: "session",
    tag: "Bench",
    summary: "Answer a constant",
    status: 200,
    response: z.object({ hello: z.string() }),
    errors: [],
    guarded: path === "/bench/guarded",
  });

const product: Product = {
  ...resolutionFlow,
  async routes(http, app, gate) {
    await resolutionFlow.routes(http, app, gate);
    serve(http, app, benchRoute("/bench/unguarded"), () => ({ hello: "world" }));
    await http.fastify.register((scope, _options, done) => {
      scope.addHook("onRequest", requireVerifiedEmailAfterGrace(gate, app));
      scope.addHook("onRequest", requireActiveSubscription(gate, app));
      serve({ ...http, fastify: scope }, app, benchRoute("/bench/guarded"), () => ({ hello: "world" }));
      done();
    });
  },
};

process.exitCode = await runCli(
  {
    product,
    env: processEnvironment(),
    startStandIns: () => Promise.reject(new Error("the bench has its own stand-ins")),
    assertPortFree: () => Promise.resolve(),
    print: (text) => console.log(text),
    printError: (text) => console.error(text),
    showStacks: true,
    untilStopped: () => new Promise((resolve) => process.on("SIGTERM", () => resolve()).on("disconnect", () => resolve())),
  },
  process.argv.slice(2),
);

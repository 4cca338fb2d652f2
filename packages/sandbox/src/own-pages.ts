import type { FastifyInstance, FastifyRequest } from "fastify";
import { isCrossSite, sendProblem } from "./browser-request.ts";

/** Keeps the routes of `http` out of the API's description and of caches, and refuses what a page of another site would do with them. */
export function keepToOurselves(http: FastifyInstance): void {
  // Not part of the product's API: the document that describes it leaves these routes out.
  http.addHook("onRoute", (route) => {
    route.schema = Object.assign({}, route.schema, { hide: true });
  });
  http.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store").header("vary", "accept");
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (!isReading && isCrossSite(request)) {
      await sendProblem(
        reply,
        403,
        "cross_site_request",
        "Another site may not do this.",
        "The request came from a page of another origin.",
      );
    }
  });
}

/** Forms come as plain objects of strings in `http` and below, whatever they are elsewhere on this server. */
export function readForms(http: FastifyInstance): void {
  if (http.hasContentTypeParser(FORM)) http.removeContentTypeParser(FORM);
  http.addContentTypeParser(FORM, { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body.toString())));
  });
}

const FORM = "application/x-www-form-urlencoded";

export function isForm(request: FastifyRequest): boolean {
  return request.headers["content-type"]?.startsWith(FORM) ?? false;
}

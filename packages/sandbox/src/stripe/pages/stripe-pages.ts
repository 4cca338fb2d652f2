import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendPage, sendProblem, wantsPage } from "../../browser-request.ts";
import { keepToOurselves, readForms } from "../../own-pages.ts";
import { StripeRefusal } from "../refusal.ts";
import type { StripeStandIn } from "../stand-in.ts";
import { checkoutRoutes } from "./checkout-routes.ts";
import { controlRoutes } from "./control-routes.ts";
import { notePage, type Place } from "./hosted-frame.ts";
import { invoiceRoutes } from "./invoice-routes.ts";
import { portalRoutes } from "./portal-routes.ts";
import { PageRefusal } from "./request-fields.ts";

export interface StripePagesOptions {
  readonly stripe: StripeStandIn;
  /** Where the sandbox's other pages are, such as /sandbox; absent: there are none on this server. */
  readonly sandbox?: string;
}

/**
 * What people do at Stripe, in the sandbox's: hosted checkout, hosted invoice, customer portal, and a control page to watch and break it.
 * Pages for browsers, JSON for programs, by the Accept header; a form is answered with a page, JSON with JSON.
 *
 * A Fastify plugin: `http.register(stripePages, { prefix: "/sandbox/stripe", stripe })`. It is open to whoever reaches it, so it must only
 * ever listen on the loopback.
 */
export async function stripePages(http: FastifyInstance, { stripe, sandbox }: StripePagesOptions): Promise<void> {
  const place: Place = { prefix: http.prefix, sandbox: sandbox ?? null };
  const style = await readFile(join(import.meta.dirname, "..", "..", "sandbox.css"), "utf8");
  keepToOurselves(http);
  readForms(http);
  // Nobody may see a subscription that should have ended by now, nor pay for a checkout that has expired.
  http.addHook("preHandler", async () => stripe.engine.advanceTo(Math.floor(stripe.clock.now().getTime() / 1000)));
  http.setErrorHandler((error, request, reply) => {
    if (error instanceof PageRefusal) return sendRefusal(place, request, reply, error);
    if (error instanceof StripeRefusal) return sendRefusal(place, request, reply, ofStripe(error));
    throw error;
  });
  http.get("/sandbox.css", (_request, reply) => reply.header("content-type", "text/css; charset=utf-8").send(style));
  checkoutRoutes(http, stripe, place);
  invoiceRoutes(http, stripe, place);
  portalRoutes(http, stripe, place);
  controlRoutes(http, stripe, place);
}

/** What Stripe's own rules forbid: said with its words, and a code that tells whether asking otherwise would help. */
function ofStripe(refusal: StripeRefusal): PageRefusal {
  return new PageRefusal(
    refusal.status === 400 ? 409 : refusal.status,
    refusal.details.code ?? "refused_by_stripe",
    "Stripe refuses this.",
    refusal.message,
  );
}

/** Tells a refusal in the form that was asked for. */
function sendRefusal(place: Place, request: FastifyRequest, reply: FastifyReply, refusal: PageRefusal): FastifyReply {
  const { status, code, title, message } = refusal;
  if (!wantsPage(request)) return sendProblem(reply, status, code, title, message);
  return sendPage(reply.code(status), notePage(place, title, message));
}

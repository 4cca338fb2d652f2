import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isCrossSite, sendPage, sendProblem, wantsPage } from "./browser-request.ts";
import { readAdvance } from "./clock-advance.ts";
import { clockPage } from "./clock-page.ts";
import { landingPage, type SandboxPart, TOUR } from "./landing-page.ts";
import { MAIL_POLICY, mailDocument, mailListPage, mailPage } from "./mail-pages.ts";
import type { Mailbox } from "./mailbox.ts";

/** The product's clock, as far as the sandbox moves it. */
export interface SandboxClock {
  now(): Date;
  /** How far it is ahead of the real time. */
  offsetMilliseconds(): number;
  /** Returns after what fell due has been done. */
  advance(milliseconds: number): Promise<void>;
}

export interface SandboxRoutesOptions {
  mailbox: Pick<Mailbox, "summaries" | "list" | "get" | "clear">;
  clock: SandboxClock;
  parts: readonly SandboxPart[];
}

/**
 * What the sandbox shows to people (pages) and to programs (JSON), by the Accept header: an overview, the mailbox, the clock.
 *
 * A Fastify plugin: `http.register(sandboxRoutes, { prefix: "/sandbox", mailbox, clock, parts })`. It is open to whoever reaches it,
 * mails with their links included, so it must only ever listen on the loopback.
 */
export async function sandboxRoutes(http: FastifyInstance, options: SandboxRoutesOptions): Promise<void> {
  const style = await readFile(join(import.meta.dirname, "sandbox.css"), "utf8");
  keepToOurselves(http);
  readForms(http);
  http.get("/sandbox.css", (_request, reply) => reply.header("content-type", "text/css; charset=utf-8").send(style));
  http.get("/", (request, reply) => {
    if (!wantsPage(request)) return reply.send({ gatehouse: true, name: "Gatehouse", parts: options.parts, tour: TOUR });
    return sendPage(reply, landingPage(http.prefix, `${request.protocol}://${request.host}`, options.parts));
  });
  mailRoutes(http, options.mailbox);
  clockRoutes(http, options.clock);
}

function keepToOurselves(http: FastifyInstance): void {
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

function readForms(http: FastifyInstance): void {
  if (http.hasContentTypeParser(FORM)) return;
  http.addContentTypeParser(FORM, { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body.toString())));
  });
}

const FORM = "application/x-www-form-urlencoded";

function isForm(request: FastifyRequest): boolean {
  return request.headers["content-type"]?.startsWith(FORM) ?? false;
}

function mailRoutes(http: FastifyInstance, mailbox: SandboxRoutesOptions["mailbox"]): void {
  http.get<{ Querystring: { to?: unknown } }>("/mail", async (request, reply) => {
    const { to } = request.query;
    const wanted = typeof to === "string" && to !== "" ? to : undefined;
    if (wantsPage(request)) return sendPage(reply, mailListPage(http.prefix, mailbox.summaries(wanted), wanted ?? ""));
    return reply.send(await mailbox.list(wanted));
  });
  http.get<{ Params: { id: string } }>("/mail/:id", async (request, reply) => {
    const mail = await mailbox.get(request.params.id);
    if (!mail) return noSuchMail(reply);
    return wantsPage(request) ? sendPage(reply, mailPage(http.prefix, mail)) : reply.send(mail);
  });
  http.get<{ Params: { id: string } }>("/mail/:id/html", async (request, reply) => {
    const mail = await mailbox.get(request.params.id);
    if (!mail) return noSuchMail(reply);
    return reply
      .header("content-type", "text/html; charset=utf-8")
      .header("content-security-policy", MAIL_POLICY)
      .header("x-frame-options", "SAMEORIGIN")
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .send(mailDocument(mail));
  });
  http.delete("/mail", async (_request, reply) => {
    await mailbox.clear();
    return reply.code(204).send();
  });
  // Forms know no DELETE.
  http.post("/mail/clear", async (_request, reply) => {
    await mailbox.clear();
    return reply.redirect(`${http.prefix}/mail`, 303);
  });
}

function noSuchMail(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, "mail_not_found", "There is no such mail.", "It may have been deleted with the others.");
}

function clockRoutes(http: FastifyInstance, clock: SandboxClock): void {
  const answer = () => ({ now: clock.now().toISOString(), offset_seconds: clock.offsetMilliseconds() / 1000 });
  http.get("/clock", (request, reply) => {
    const { offset_seconds } = answer();
    return wantsPage(request) ? sendPage(reply, clockPage(http.prefix, clock.now(), offset_seconds)) : reply.send(answer());
  });
  http.post("/clock/advance", async (request, reply) => {
    const advance = readAdvance(request.body, clock.now(), isForm(request));
    if ("why" in advance) return sendProblem(reply, 422, "invalid_request", "The request is not as it must be.", advance.why);
    await clock.advance(advance.milliseconds);
    return isForm(request) ? reply.redirect(`${http.prefix}/clock`, 303) : reply.send(answer());
  });
}

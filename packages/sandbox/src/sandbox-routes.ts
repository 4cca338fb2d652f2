import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { sendPage, sendProblem, wantsPage } from "./browser-request.ts";
import { readAdvance } from "./clock-advance.ts";
import { clockPage } from "./clock-page.ts";
import { advanceInSteps, type SandboxClock } from "./clock-steps.ts";
import { landingPage, type SandboxPart, TOUR } from "./landing-page.ts";
import { MAIL_POLICY, mailDocument, mailListPage, mailPage } from "./mail-pages.ts";
import type { Mailbox } from "./mailbox.ts";
import { notPlayedPage } from "./not-played-page.ts";
import { isForm, keepToOurselves, readForms } from "./own-pages.ts";
import { stripePages } from "./stripe/pages/stripe-pages.ts";
import type { StripeStandIn } from "./stripe/stand-in.ts";

type MailboxPart = Pick<Mailbox, "summaries" | "list" | "get" | "clear">;

export interface SandboxRoutesOptions {
  /** null: mail is real. */
  mailbox: MailboxPart | null;
  clock: SandboxClock;
  /** null: Stripe is the real one, or none. */
  stripe: StripeStandIn | null;
  parts: readonly SandboxPart[];
}

/**
 * What the sandbox shows to people (pages) and to programs (JSON), by the Accept header: an overview, the mailbox, Stripe,
 * the clock.
 *
 * A Fastify plugin: `http.register(sandboxRoutes, { prefix: "/sandbox", mailbox, clock, stripe, parts })`. It is open to whoever reaches
 * it, mails with their links included, so it must only ever listen on the loopback.
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
  const { mailbox, stripe } = options;
  if (mailbox) mailRoutes(http, mailbox);
  else notPlayed(http, "mail");
  clockRoutes(http, options.clock, stripe);
  if (stripe) await http.register(stripePages, { prefix: "/stripe", stripe, sandbox: http.prefix });
  else notPlayed(http, "stripe");
}

function notPlayed(http: FastifyInstance, part: "mail" | "stripe"): void {
  http.get(`/${part}`, (request, reply) => {
    if (wantsPage(request)) return sendPage(reply, notPlayedPage(http.prefix, part));
    return sendProblem(reply, 404, `${part}_not_played`, "This part is not played here.", "It is real: its variable is set.");
  });
}

function mailRoutes(http: FastifyInstance, mailbox: MailboxPart): void {
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

function clockRoutes(http: FastifyInstance, clock: SandboxClock, stripe: StripeStandIn | null): void {
  // One after another: each goes from where the one before has ended.
  let underWay: Promise<void> = Promise.resolve();
  const answer = () => ({ now: clock.now().toISOString(), offset_seconds: clock.offsetMilliseconds() / 1000 });
  http.get("/clock", (request, reply) => {
    const { offset_seconds } = answer();
    return wantsPage(request) ? sendPage(reply, clockPage(http.prefix, clock.now(), offset_seconds)) : reply.send(answer());
  });
  http.post("/clock/advance", async (request, reply) => {
    const advance = readAdvance(request.body, clock.now(), isForm(request));
    if ("why" in advance) return sendProblem(reply, 422, "invalid_request", "The request is not as it must be.", advance.why);
    const advanced = underWay.then(() => advanceInSteps(clock, stripe, advance.milliseconds));
    underWay = advanced.catch(() => undefined);
    await advanced;
    return isForm(request) ? reply.redirect(`${http.prefix}/clock`, 303) : reply.send(answer());
  });
}

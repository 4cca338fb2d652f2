import type { FastifyReply, FastifyRequest } from "fastify";
import type { Markup } from "./markup.ts";

/** Does the caller want a page to look at? Programs that do not say, curl among them, get JSON. */
export function wantsPage(request: FastifyRequest): boolean {
  const wanted = (request.headers.accept ?? "")
    .toLowerCase()
    .split(",")
    .map((part) => part.split(";").map((piece) => piece.trim()))
    .map(([type = "", ...parameters]) => ({ type, weight: weightOf(parameters) }))
    .filter(({ type, weight }) => weight > 0 && (type === "text/html" || type === "application/json"))
    .sort((one, other) => other.weight - one.weight); // Stable: of two that are as welcome, the one named first.
  return wanted[0]?.type === "text/html";
}

function weightOf(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
}

/**
 * Would a page of another site be acting here with the browser's help? The sandbox has no sign-in, and listens where every page
 * that its user opens can post to. Programs send none of these headers.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function isCrossSite(request: FastifyRequest): boolean {
  const site = request.headers["sec-fetch-site"];
  // The browser's own word; pages cannot forge it. `none` is the address bar. Another port of this machine is another program.
  if (typeof site === "string") return site !== "same-origin" && site !== "none";
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

/**
 * Sends a page that may load nothing but this sandbox's own style sheet and frames, and runs no script at all.
 * @param leadsTo where a form of the page may end up besides here: browsers hold the redirect that answers a form to the policy too
 */
export function sendPage(reply: FastifyReply, page: Markup, leadsTo: readonly string[] = []): FastifyReply {
  const origins = leadsTo.filter((url) => /^https?:/i.test(url) && URL.canParse(url)).map((url) => ` ${new URL(url).origin}`);
  return (
    reply
      .header("content-type", "text/html; charset=utf-8")
      .header("content-security-policy", `${PAGE_POLICY}; form-action 'self'${origins.join("")}`)
      .header("x-content-type-options", "nosniff")
      .header("x-frame-options", "DENY")
      // Not no-referrer: with it browsers post this site's own forms with `Origin: null`.
      .header("referrer-policy", "same-origin")
      .send(page.text)
  );
}

const PAGE_POLICY = ["default-src 'none'", "style-src 'self'", "frame-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"].join("; ");

/** RFC 9457, in the shape that the API itself answers with. */
export function sendProblem(reply: FastifyReply, status: number, code: string, title: string, detail: string): FastifyReply {
  return reply.code(status).header("content-type", "application/problem+json").send({ type: "about:blank", status, code, title, detail });
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { escapeHtml } from "../platform/escape-html.ts";

/** Each page and the file that it is made of. */
const PAGES = {
  "/sign-in": "sign-in.html",
  "/verify-email": "verify-email.html",
  "/reset-password": "reset-password.html",
  "/confirm-email": "confirm-email.html",
  "/auth/:provider/callback": "oauth-callback.html",
  "/billing": "billing.html",
  "/invite": "invite.html",
  "/team": "team.html",
  "/contact": "contact.html",
  "/waitlist": "waitlist.html",
} as const;
const ASSETS = [
  "pages.css",
  "api.js",
  "tab.js",
  "session.js",
  "steps.js",
  "download.js",
  "pages-of-list.js",
  "sign-in.js",
  "verify-email.js",
  "reset-password.js",
  "confirm-email.js",
  "oauth-callback.js",
  "billing.js",
  "billing-words.js",
  "invite.js",
  "contact.js",
  "team.js",
  "team-data.js",
  "team-invite-list.js",
  "team-invites.js",
  "team-members.js",
  "team-ownership.js",
  "team-words.js",
  "waitlist.js",
  "waitlist-offer.js",
  "waitlist-words.js",
] as const;

/** Nothing but our own files runs, nobody frames the page, and no form leaves it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
} as const;
const PAGE_HEADERS = {
  ...HEADERS,
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-frame-options": "DENY",
  // The address of a page may hold a token.
  "cache-control": "no-store",
} as const;

/**
 * The few pages that links in mails and refusals lead to, for servers that have no web front of their own. They are files read once: a
 * GET touches nothing else, so that a mail scanner which follows a link consumes nothing. What a page does, its script does through the
 * API, when a person presses the button.
 * @param site shown in the pages as text
 */
export function pageRoutes(fastify: FastifyInstance, site: { productName: string; supportEmail: string }): void {
  const words: Readonly<Record<string, string>> = {
    product_name: escapeHtml(site.productName),
    support_email: escapeHtml(site.supportEmail),
  };
  for (const [url, file] of Object.entries(PAGES)) {
    const page = read(file).replace(/\{\{(\w+)\}\}/g, (whole, word) => words[word] ?? whole);
    fastify.get(url, (_request, reply) => reply.headers(PAGE_HEADERS).send(page));
  }
  for (const file of ASSETS) {
    const body = read(file);
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
    const contentType = file.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
    // Kept by the browser, and asked about each time: an upgrade shows at once.
    const headers = { ...HEADERS, "content-type": contentType, "cache-control": "no-cache", etag };
    fastify.get(`/pages/${file}`, (request, reply) => {
      reply.headers(headers);
      return request.headers["if-none-match"] === etag ? reply.code(304).send() : reply.send(body);
    });
  }
}

const read = (file: string): string => readFileSync(new URL(`assets/${file}`, import.meta.url), "utf8");

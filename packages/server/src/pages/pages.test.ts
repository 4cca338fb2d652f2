import { readdirSync } from "node:fs";
import { SHUT_REASONS, SUBSCRIPTION_STATUSES } from "@gatehouse/core";
import { fastify } from "fastify";
import { afterAll, expect, test } from "vitest";
import { pageRoutes } from "./pages.ts";

const http = fastify();
// As the whole server does: what every answer has unless its route says otherwise.
http.addHook("onRequest", (_request, reply, done) => {
  reply.headers({ "content-security-policy": "default-src 'none'; frame-ancestors 'none'", "cache-control": "no-store" });
  done();
});
pageRoutes(http, { productName: "Flows & <Co>", supportEmail: "support@example.com" });
afterAll(() => http.close());

const assets = new URL("assets/", import.meta.url);
const pages = [
  "/sign-in",
  "/verify-email",
  "/reset-password",
  "/confirm-email",
  "/auth/google/callback",
  "/billing",
  "/invite",
  "/team",
  "/contact",
  "/waitlist",
];
const get = (url: string, headers: Record<string, string> = {}) => http.inject({ method: "GET", url, headers });

test.each(pages)("%s is an uncached page that nobody frames, that runs only our files and tells nobody its address", async (url) => {
  const answer = await get(url);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
  });
  expect(answer.headers["set-cookie"]).toBeUndefined();
});

test.each(pages)(
  "%s works under its own policy: no inline script, style or handler, and every file that it names is there",
  async (url) => {
    const { body } = await get(url);
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i);
    const files = [...body.matchAll(/(?:src|href)="(\/pages\/[^"]+)"/g)].map(([, file = ""]) => file);
    expect(files).toHaveLength(2);
    for (const file of files) expect((await get(file)).statusCode, file).toBe(200);
    const links = [...body.matchAll(/href="(\/[a-z-]+)"/g)].map(([, link = ""]) => link);
    expect(pages).toEqual(expect.arrayContaining(links));
  },
);

test.each(pages)("%s shows the product's name and the way to support as text, and leaves no gap", async (url) => {
  const { body } = await get(url);
  expect(body).toContain('<p class="product">Flows &amp; &lt;Co&gt;</p>');
  expect(body).toContain('href="mailto:support@example.com"');
  expect(body).not.toMatch(/\{\{|<Co>/);
});

test.each(pages)("%s names every field, and sends no form as a GET, which would put a password into the address", async (url) => {
  const { body } = await get(url);
  for (const [field, id] of body.matchAll(/<input id="([^"]+)"[^>]*>/g)) expect(body, field).toContain(`<label for="${id}">`);
  for (const [form] of body.matchAll(/<form[^>]*>/g)) expect(form).toContain('method="post"');
  for (const [, form = ""] of body.matchAll(/<form[^>]*>([\s\S]*?)<\/form>/g)) expect(form).toContain('class="trouble" role="alert"');
  expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
});

test("a mail scanner that follows a link gets the same page as everybody: it reads no token and repeats none", async () => {
  const token = "t".repeat(43);
  for (const url of ["/verify-email", "/reset-password", "/invite"]) {
    const plain = await get(url);
    const followed = await get(`${url}?token=${token}&claim=1`);
    expect(followed.body).toBe(plain.body);
    expect(JSON.stringify(followed.headers)).not.toContain(token);
    expect((await http.inject({ method: "HEAD", url: `${url}?token=${token}` })).statusCode).toBe(200);
    expect((await http.inject({ method: "POST", url: `${url}?token=${token}` })).statusCode, "only the API does anything").toBe(404);
  }
});

test("each file of the pages is served with its type, and a browser that has it is not sent it again", async () => {
  for (const file of readdirSync(assets).filter((name) => !name.endsWith(".html"))) {
    const answer = await get(`/pages/${file}`);
    expect(answer.statusCode, file).toBe(200);
    expect(answer.headers["content-type"]).toBe(file.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8");
    expect(answer.headers).toMatchObject({ "cache-control": "no-cache", "x-content-type-options": "nosniff" });
    const again = await get(`/pages/${file}`, { "if-none-match": String(answer.headers["etag"]) });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    expect((await get(`/pages/${file}`, { "if-none-match": '"older"' })).statusCode).toBe(200);
  }
});

test.each(["/pages/verify-email.html", "/pages/../pages.ts", "/pages/%2e%2e/pages.ts", "/pages/", "/pages/api.js%00"])(
  "%s is not there: only the named files are served",
  async (url) => {
    expect((await get(url)).statusCode).toBeGreaterThanOrEqual(400);
  },
);

interface BillingWords {
  whyClosed(access: { reason: string | null }): string;
  rowsOf(state: unknown): [string, string][];
}
interface ProblemWords {
  Problem: new (document: object, retryAfterSeconds: number | null) => Error;
  inWords(problem: unknown): string;
}
const moduleOf = (file: string) => import(/* @vite-ignore */ new URL(file, assets).href);
const words: BillingWords = await moduleOf("billing-words.js");
const { Problem, inWords }: ProblemWords = await moduleOf("api.js");

const state = (subscription: object, access: object, rest: object = {}) => ({
  subscription: {
    plan: "pro",
    status: "trialing",
    trial_ends_at: null,
    current_period_end: null,
    cancel_at_period_end: false,
    complimentary_until: null,
    seats: null,
    ...subscription,
  },
  access: { mode: "full", reason: null, since: null, until: null, mend: null, ...access },
  limits: {},
  plan_billing: { configured: false, plan: "pro", display_name: "Pro" },
  verification: { verified: true, grace_ends_at: null, mend: null },
  ...rest,
});

test("every status and every reason of a shut door has words of its own", () => {
  const statuses = SUBSCRIPTION_STATUSES.map((status) => words.rowsOf(state({ status }, {}))[0]?.[1]);
  expect(new Set(statuses).size).toBe(SUBSCRIPTION_STATUSES.length);
  const reasons = SHUT_REASONS.map((reason) => words.whyClosed({ reason }));
  expect(new Set(reasons).size).toBe(SHUT_REASONS.length);
  expect(words.whyClosed({ reason: null })).toBe("");
  expect(words.whyClosed({ reason: "constructor" }), "a reason of a newer server").toMatch(/ /);
});

test("a trial says its plan, until when everything is open, what is used and by when the address must be confirmed", () => {
  const end = "2026-03-17T14:05:00.000Z";
  const rows = words.rowsOf(
    state(
      { trial_ends_at: end },
      { until: end },
      {
        limits: { saved_trees: { limit: 25, used: 3, resets_at: null } },
        verification: { verified: false, grace_ends_at: end, mend: null },
      },
    ),
  );
  expect(rows.map(([name]) => name)).toEqual(["Plan", "Use", "Trial ends", "Saved trees", "Email address"]);
  expect(rows[0]?.[1]).toBe("Pro (trial)");
  expect(rows[1]?.[1]).toMatch(/^Everything is open until \d+ March 2026/);
  expect(rows[3]?.[1]).toBe("3 of 25 used");
  expect(rows[4]?.[1]).toMatch(/needed from \d+ March 2026/);
});

test.each([
  [{ code: "rate_limited" }, 1800, "That was tried too often. Please wait 30 minutes."],
  [{ code: "too_busy" }, 2, "We are very busy just now, and nothing was done. Please try again in a few seconds."],
  [{ code: "password_weak", problems: [{ at: "body.password", why: "This password is too short." }] }, null, "This password is too short."],
  [
    { code: "invalid_request", problems: [{ at: "body.email", why: "email_domain" }] },
    null,
    "This is not an email address that we can write to. Please check it.",
  ],
  [
    { code: "invalid_credentials", title: "Email or password is wrong.", detail: "Try again." },
    null,
    "Email or password is wrong. Try again.",
  ],
  [
    { code: "internal_error", request_id: "r-7" },
    null,
    "Something went wrong on our side. Try again; if it stays, tell support this number: r-7",
  ],
])("a refusal is said in plain words: %o", (document, retryAfterSeconds, said) => {
  expect(inWords(new Problem(document, retryAfterSeconds))).toBe(said);
});

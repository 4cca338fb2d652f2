import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import nodemailer from "nodemailer";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Mailbox, startMailbox } from "./mailbox.ts";
import { sandboxRoutes } from "./sandbox-routes.ts";

const START = Date.UTC(2026, 0, 1);
const PAGE = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

let home: string;
let mailbox: Mailbox;
let http: FastifyInstance;
let offset: number;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  mailbox = await startMailbox({ home, port: 0 });
  offset = 0;
  const clock = {
    now: () => new Date(START + offset),
    offsetMilliseconds: () => offset,
    move: async (milliseconds: number) => {
      await Promise.resolve();
      offset += milliseconds;
    },
    settle: () => Promise.resolve(),
  };
  const parts = [{ name: "api", title: "The <API>", url: "http://127.0.0.1:4000/api/v1", what: "All & everything." }];
  http = Fastify();
  await http.register(sandboxRoutes, { prefix: "/sandbox", mailbox, clock, stripe: null, parts });
});

afterEach(async () => {
  await http.close();
  await mailbox.stop();
  await rm(home, { recursive: true, force: true });
});

async function send(mail: { to: string; subject: string; html?: string; text?: string }): Promise<void> {
  const transport = nodemailer.createTransport(mailbox.smtpUrl);
  try {
    await transport.sendMail({ from: "no-reply@example.com", ...mail });
  } finally {
    transport.close();
  }
}

const get = (url: string, headers = {}) => http.inject({ method: "GET", url, headers });
const advance = (payload: object | string, headers = {}) =>
  http.inject({ method: "POST", url: "/sandbox/clock/advance", payload, headers });

test("a program learns what there is, and that this is a Gatehouse", async () => {
  for (const accept of ["application/json", "*/*", "application/json, text/html"]) {
    const answer = await get("/sandbox", { accept });
    expect(answer.json()).toMatchObject({ gatehouse: true, parts: [{ name: "api", url: "http://127.0.0.1:4000/api/v1" }] });
  }
  expect((await get("/sandbox")).json()).toMatchObject({ gatehouse: true });
});

test.each(["/sandbox", "/sandbox/", "/sandbox/mail", "/sandbox/clock"])(
  "a browser gets a page at %s that no script can run in",
  async (url) => {
    const answer = await get(url, PAGE);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'; style-src 'self'");
    expect(answer.body).not.toMatch(/<script|<style|style=|\son\w+=/i);
  },
);

test("the overview names each part, as text", async () => {
  const { body } = await get("/sandbox", PAGE);
  expect(body).toContain('<a href="http://127.0.0.1:4000/api/v1">The &lt;API&gt;</a><p>All &amp; everything.</p>');
  expect(body).toContain("npm run tour");
  expect((await get("/sandbox/sandbox.css")).headers["content-type"]).toBe("text/css; charset=utf-8");
});

test("mails are listed newest last and can be narrowed to one address", async () => {
  await send({ to: "ada@example.com", subject: "one", text: "https://example.com/1" });
  await send({ to: "grace@example.com", subject: "two", text: "two" });
  const all = (await get("/sandbox/mail")).json();
  expect(all).toMatchObject([{ id: "1", to: ["ada@example.com"], subject: "one", links: ["https://example.com/1"] }, { subject: "two" }]);
  expect((await get("/sandbox/mail?to=GRACE@example.com")).json()).toEqual([all[1]]);
  expect((await get("/sandbox/mail/1")).json()).toEqual(all[0]);
});

test("a mail that is not there is a 404 with a code", async () => {
  for (const url of ["/sandbox/mail/7", "/sandbox/mail/7/html", "/sandbox/mail/..%2F1"]) {
    const answer = await get(url, PAGE);
    expect(answer.statusCode).toBe(404);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status: 404, code: "mail_not_found" });
  }
});

test("all mail is deleted by a program and by a person", async () => {
  await send({ to: "ada@example.com", subject: "one" });
  expect((await http.inject({ method: "DELETE", url: "/sandbox/mail" })).statusCode).toBe(204);
  await send({ to: "ada@example.com", subject: "two" });
  const answer = await http.inject({ method: "POST", url: "/sandbox/mail/clear", payload: "", headers: FORM });
  expect([answer.statusCode, answer.headers.location]).toEqual([303, "/sandbox/mail"]);
  expect((await get("/sandbox/mail")).json()).toEqual([]);
  expect((await get("/sandbox/mail", PAGE)).body).toContain("No mail yet.");
});

test("what a hostile mail carries is shown as text, and its own page may run no script and load nothing", async () => {
  const attack = `"><script>alert(1)</script>`;
  await send({
    to: "ada@example.com",
    subject: attack,
    text: attack,
    html: `<html><head lang="x"><p>${attack}<a href="https://example.com/">go</a>`,
  });
  for (const url of ["/sandbox/mail", "/sandbox/mail/1", `/sandbox/mail?to=${encodeURIComponent(attack)}`]) {
    const { body } = await get(url, PAGE);
    expect(body).toContain("&quot;&gt;&lt;script&gt;");
    expect(body).not.toContain("<script");
  }
  const frame = /<iframe[^>]*>/.exec((await get("/sandbox/mail/1", PAGE)).body)?.[0];
  expect(frame).toContain('src="/sandbox/mail/1/html"');
  expect(frame).toContain("sandbox=");
  expect(frame).not.toMatch(/allow-scripts|allow-same-origin/);

  const document = await get("/sandbox/mail/1/html", PAGE);
  expect(document.headers["content-security-policy"]).toMatch(/^sandbox (?!.*allow-scripts)(?!.*allow-same-origin).*default-src 'none'/);
  expect(document.body).toContain('<head lang="x"><base target="_top">');
});

test("the clock goes forward by what is asked, and tells where it is", async () => {
  expect((await get("/sandbox/clock")).json()).toEqual({ now: "2026-01-01T00:00:00.000Z", offset_seconds: 0 });
  const answer = await advance({ days: 14, hours: 1, seconds: 0.5 });
  expect(answer.json()).toEqual({ now: "2026-01-15T01:00:00.500Z", offset_seconds: 14 * 86_400 + 3_600.5 });
  expect((await get("/sandbox/clock", PAGE)).body).toContain("It is 14 days 1 hour ahead of the real time.");
});

test("a button of the clock's page moves it and comes back to the page", async () => {
  const answer = await advance("days=7", { ...FORM, ...PAGE, host: "localhost:4000", origin: "http://localhost:4000" });
  expect([answer.statusCode, answer.headers.location, offset]).toEqual([303, "/sandbox/clock", 7 * 86_400_000]);
});

test.each<[string, object | string, object]>([
  ["nothing", {}, {}],
  ["a list", [], {}],
  ["a negative number", { days: -1 }, {}],
  ["a string", { days: "1" }, {}],
  ["null", { days: null }, {}],
  ["an unknown field", { days: 1, weeks: 1 }, {}],
  ["more than ten years", { days: 3660, seconds: 1 }, {}],
  ["an empty field of a form", "days=", FORM],
  ["words in a form", "days=soon", FORM],
  ["infinity in a form", "days=Infinity", FORM],
])("the clock does not move for %s", async (_, payload, headers) => {
  const answer = await advance(payload, headers);
  expect(answer.statusCode).toBe(422);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ code: "invalid_request" });
  expect(offset).toBe(0);
});

test("ten years are not too much, and no clock passes the year 9999", async () => {
  expect((await advance({ days: 3660 })).statusCode).toBe(200);
  offset = Date.UTC(9999, 11, 30) - START;
  expect((await advance({ days: 2 })).statusCode).toBe(422);
});

test.each([
  ["a page of another site", { origin: "https://evil.example", host: "localhost:4000" }],
  ["a page of another program on this machine", { origin: "http://localhost:3000", host: "localhost:4000" }],
  ["a page that hides its origin", { origin: "null", host: "localhost:4000" }],
  ["a browser that says cross-site", { "sec-fetch-site": "cross-site" }],
  ["a browser that says same-site", { "sec-fetch-site": "same-site" }],
])("%s can neither move the clock nor delete mail", async (_, headers) => {
  await send({ to: "ada@example.com", subject: "one" });
  expect((await advance({ days: 1 }, headers)).json()).toMatchObject({ status: 403, code: "cross_site_request" });
  expect((await http.inject({ method: "DELETE", url: "/sandbox/mail", headers })).statusCode).toBe(403);
  const clear = { method: "POST", url: "/sandbox/mail/clear", headers: { ...FORM, ...headers }, payload: "" } as const;
  expect((await http.inject(clear)).statusCode).toBe(403);
  expect([offset, mailbox.summaries().length]).toEqual([0, 1]);
});

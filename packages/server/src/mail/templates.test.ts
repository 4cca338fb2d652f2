import { expect, test } from "vitest";
import { composeEmailTakenUnverified } from "./email-taken-unverified.ts";
import { composeEmailTakenVerified } from "./email-taken-verified.ts";
import { type MailContent, originFacts, type Site, writeMail } from "./layout.ts";
import { composePasswordChanged } from "./password-changed.ts";
import { composeResetPassword } from "./reset-password.ts";
import { composeSignedOutForSafety } from "./signed-out-for-safety.ts";
import { composeVerifyEmail } from "./verify-email.ts";

const site: Site = { productName: "Flows & <Co>", baseUrl: "https://app.example.com", supportEmail: "support@example.com" };
const at = new Date(Date.UTC(2026, 2, 3, 14, 5, 59));
const origin = { ip: "203.0.113.7", userAgent: "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0" };
const token = "a-_b".repeat(10).slice(0, 43);
const verifyLink = `${site.baseUrl}/verify-email?token=${token}`;
const resetLink = `${site.baseUrl}/reset-password?token=${token}`;
const claimLink = `${site.baseUrl}/reset-password?token=${token}&claim=1`;
const signInLink = `${site.baseUrl}/sign-in`;
const forgotLink = `${site.baseUrl}/reset-password`;

const verify = (name: string): MailContent => composeVerifyEmail({ site, name, link: verifyLink, expiresAt: at, origin });
/** Each mail, and the addresses that it leads to, the main one first. */
const mails: [string, MailContent, string[]][] = [
  ["verify your address", verify("Ada Lovelace"), [verifyLink, forgotLink]],
  ["address taken, verified", composeEmailTakenVerified({ site, origin }), [signInLink, forgotLink]],
  ["address taken, unverified", composeEmailTakenUnverified({ site, claimLink, expiresAt: at, origin }), [claimLink]],
  ["reset", composeResetPassword({ site, link: resetLink, expiresAt: at, origin }), [resetLink]],
  ["password changed", composePasswordChanged({ site, at, origin }), [forgotLink]],
  ["signed out for safety", composeSignedOutForSafety({ site, at, origin }), [signInLink, forgotLink]],
];
const linesThatAre = (text: string, line: string): number => text.split("\n").filter((each) => each === line).length;
const decoded = (html: string): string =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
const hrefsOf = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => decoded(href));
const addressesIn = (text: string): string[] => text.match(/https?:\/\/\S+/g) ?? [];

test.each(mails)(
  "%s: each link stands once in the text, on a line of its own, and is a link in the HTML; there are no others",
  (_, mail, links) => {
    for (const link of links) expect(linesThatAre(mail.text, link)).toBe(1);
    expect(addressesIn(mail.text)).toEqual(links);
    expect(hrefsOf(mail.html)).toEqual(links);
  },
);

test.each(mails)("%s: says in both parts the same words, who asked and from where", (_, mail) => {
  const shown = decoded(mail.html.replace(/<style>[\s\S]*<\/style>/, "").replace(/<[^>]+>/g, "")).replace(/\s+/g, " ");
  const sentences = mail.text.split("\n").filter((line) => line !== "" && !line.startsWith("http") && line !== "-- ");
  for (const line of sentences) expect(shown).toContain(line.replace(/:$/, ""));
  expect(mail.text).toContain("From: the address 203.0.113.7\nWith: Firefox on Windows");
});

test.each(mails)("%s: the subject is one line, and the HTML takes nothing from outside and runs nothing", (_, mail) => {
  expect(mail.subject).toMatch(/^[^\r\n]{10,120}$/);
  expect(mail.html).not.toMatch(/<(script|img|link|iframe|form|object)\b|\son\w+=|url\(|@import/i);
  expect(mail.html, "the product's own name is text too").not.toContain("<Co>");
});

test("the times that a person must act by are said in words, with the zone", () => {
  expect(verify("Ada").text).toContain("until 3 March 2026, 14:05 UTC");
});

test.each([
  ["a link", "http://evil.example/login", "Hello http evil example login,"],
  ["a domain", "evil.example", "Hello evil example,"],
  ["markup", '<a href="https://evil.example">Ada</a>', "Hello a href https evil example Ada a,"],
  ["a second header", "Ada\r\nBcc: all@example.com", "Hello Ada Bcc all example com,"],
  ["nothing that can be shown", "\u202e://", "Hello,"],
])("a registrant who gives %s as their name puts none into somebody else's mail", (_, name, greeting) => {
  const mail = verify(name);
  expect(mail.text.split("\n")[0]).toBe(greeting);
  expect(mail.subject).toBe(verify("Ada").subject);
  expect(addressesIn(mail.text)).toEqual([verifyLink, forgotLink]);
  expect(hrefsOf(mail.html)).toEqual([verifyLink, forgotLink]);
  expect(mail.html).not.toContain("evil.example");
});

test("where a request came from is never a stranger's text", () => {
  expect(originFacts({ ip: "evil.example", userAgent: "<b>http://evil.example</b>" })).toEqual([
    ["From", "an address that we do not know"],
    ["With", "a program that we do not know"],
  ]);
  expect(originFacts({ ip: "2001:db8::1", userAgent: null })[0]).toEqual(["From", "the address 2001:db8::1"]);
  expect(originFacts(null)).toEqual([["From", "we do not know where"]]);
});

test.each([
  "https://evil.example/",
  "https://app.example.com.evil.example/",
  "https://app.example.com@evil.example/",
  "javascript:alert(1)",
])("a mail that would lead out of the product is not written: %s", (url) => {
  expect(() => writeMail(site, { subject: "x", parts: [{ kind: "button", label: "Go", url }] })).toThrow("only to the product");
});

test("a product name of two lines does not make a second header", () => {
  const mail = composePasswordChanged({ site: { ...site, productName: "Flows\r\nBcc: all@example.com" }, at, origin });
  expect(mail.subject).toBe("Your password for Flows Bcc: all@example.com was changed");
});

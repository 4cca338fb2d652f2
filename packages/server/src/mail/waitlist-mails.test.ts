import { expect, test } from "vitest";
import type { MailContent, Site } from "./layout.ts";
import { composeLeadInvited } from "./lead-invited.ts";
import { composeVerificationReminder } from "./verification-reminder.ts";
import { composeWaitlistInvited } from "./waitlist-invited.ts";
import { composeWaitlistJoined } from "./waitlist-joined.ts";

const site: Site = { productName: "Flows & <Co>", baseUrl: "https://app.example.com", supportEmail: "support@example.com" };
const token = "a-_b".repeat(11).slice(0, 43);
const leaveLink = `${site.baseUrl}/waitlist?leave=${token}`;
const ticketLink = `${site.baseUrl}/waitlist?token=${token}`;
const verifyLink = `${site.baseUrl}/verify-email?token=${token}`;
const claimPage = `${site.baseUrl}/reset-password`;
const at = new Date(Date.UTC(2026, 2, 3, 14, 5, 59));
const end = new Date(Date.UTC(2026, 2, 7, 9, 30));

/** Each mail to somebody who is called `name`: what it must say, and where it leads. */
const mailsOf = (name: string): [string, MailContent, string[], string[]][] => {
  const reminder = { site, name, link: verifyLink, expiresAt: at, graceEndsAt: end };
  return [
    ["joined", composeWaitlistJoined({ site, name, leaveLink }), ["You did not ask for this", "erases what was told"], [leaveLink]],
    [
      "invited",
      composeWaitlistInvited({ site, name, link: ticketLink, expiresAt: at, leaveLink }),
      ["until 3 March 2026, 14:05 UTC, once, and only for this email address", "do not pass it on"],
      [ticketLink, leaveLink],
    ],
    [
      "a lead is invited",
      composeLeadInvited({ site, name, plan: "Enterprise", until: end, link: ticketLink, expiresAt: at }),
      [
        "Plan: Enterprise",
        "Until: 7 March 2026, 09:30 UTC",
        "until 3 March 2026, 14:05 UTC, once, and only for this email address",
        "no account is made without you",
      ],
      [ticketLink],
    ],
    [
      "a lead is invited for good",
      composeLeadInvited({ site, name, plan: "Team", until: null, link: ticketLink, expiresAt: at }),
      ["Plan: Team", "Until: without an end"],
      [ticketLink],
    ],
    [
      "reminder within the grace",
      composeVerificationReminder({ ...reminder, isOver: false }),
      ["until 7 March 2026, 09:30 UTC. After that Flows & <Co> is closed to you", "until 3 March 2026, 14:05 UTC, once", "Not you?"],
      [verifyLink, claimPage],
    ],
    [
      "reminder after the grace",
      composeVerificationReminder({ ...reminder, isOver: true }),
      ["Since 7 March 2026, 09:30 UTC Flows & <Co> is closed to you", "Nothing is lost"],
      [verifyLink, claimPage],
    ],
  ];
};
const decoded = (html: string): string =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
const hrefsOf = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => decoded(href));
const shownIn = (html: string): string => decoded(html.replace(/<style>[\s\S]*<\/style>/, "").replace(/<[^>]+>/g, "")).replace(/\s+/g, " ");

test.each(mailsOf("Ada Lovelace"))("%s: says what it is, until when, and what to do; both parts the same", (_, mail, words, links) => {
  for (const said of ["Hello Ada Lovelace,", ...words]) expect(mail.text).toContain(said);
  expect(mail.text).not.toMatch(/undefined|null|\[object/);
  const sentences = mail.text.split("\n").filter((line) => line !== "" && !line.startsWith("http") && line !== "-- ");
  for (const line of sentences) expect(shownIn(mail.html)).toContain(line.replace(/:$/, ""));
  expect(mail.text.match(/https?:\/\/\S+/g)).toEqual(links);
  expect(hrefsOf(mail.html)).toEqual(links);
});

const hostile = 'Ada\r\nBcc: all@example.com <a href="https://evil.example/pay">Pay here</a> +44 20 7946 0000';
test.each(mailsOf(hostile))("%s: the name that a stranger typed is no header, no link and no message", (_, mail, __, links) => {
  expect(mail.subject).toMatch(/^[^\r\n]{10,120}$/);
  expect(mail.subject).not.toContain("Ada");
  expect(mail.text).not.toMatch(/evil\.example|all@example|7946/);
  expect(hrefsOf(mail.html)).toEqual(links);
});

test.each(mailsOf("://"))("%s: where nothing of the name can be shown, the greeting is whole", (_, mail) => {
  expect(mail.text).toMatch(/^Hello,\n/);
});

import { may, ROLES } from "@gatehouse/core";
import { expect, test } from "vitest";
import { composeAccountDeleted } from "./account-deleted.ts";
import { composeAccountRestored } from "./account-restored.ts";
import { composeInvite } from "./invite.ts";
import type { MailContent, Site } from "./layout.ts";
import { composeMemberJoined } from "./member-joined.ts";
import { composeMemberRemoved } from "./member-removed.ts";
import { composeOwnershipOffered } from "./ownership-offered.ts";
import { composeOwnershipTaken } from "./ownership-taken.ts";
import { sayWhatRoleMay } from "./say-role.ts";

const site: Site = { productName: "Flows & <Co>", baseUrl: "https://app.example.com", supportEmail: "support@example.com" };
const at = new Date(Date.UTC(2026, 2, 3, 14, 5, 59));
const dueAt = new Date(Date.UTC(2026, 2, 17, 14, 5, 59));
const origin = { ip: "203.0.113.7", userAgent: "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0" };
const inviteLink = `${site.baseUrl}/invite?token=${"a-_b".repeat(11).slice(0, 43)}`;
const teamPage = `${site.baseUrl}/team`;
const resetPage = `${site.baseUrl}/reset-password`;

/** Every mail about a team, of the account `team` and a person called `name`: what it must say, and the one address that it leads to. */
const mailsOf = (team: string, name: string): [string, MailContent, string[], string][] => {
  const deleted = { site, team, dueAt, at, origin };
  return [
    [
      "invite",
      composeInvite({ site, team, inviter: name, role: "viewer", link: inviteLink, expiresAt: dueAt }),
      ["as a viewer.", "can see what the team makes, and change nothing", "until 17 March 2026, 14:05 UTC, once", "Ignore this mail"],
      inviteLink,
    ],
    ["joined", composeMemberJoined({ site, team, name, role: "admin" }), ["as an admin", "remove them"], teamPage],
    ["removed", composeMemberRemoved({ site, team, at }), ["When: 3 March 2026, 14:05 UTC", "they can invite you again"], teamPage],
    [
      "ownership offered",
      composeOwnershipOffered({ site, team, from: name, roleAfter: "admin", expiresAt: dueAt }),
      ["is an admin from then on", "As an owner you can do everything", "until 17 March 2026, 14:05 UTC", "nothing changes"],
      teamPage,
    ],
    [
      "ownership offered, to be shared",
      composeOwnershipOffered({ site, team, from: name, roleAfter: "owner", expiresAt: dueAt }),
      ["stays an owner beside you"],
      teamPage,
    ],
    [
      "ownership taken",
      composeOwnershipTaken({ site, team, to: name, roleAfter: "member", at }),
      ["You are a member now.", "When: 3 March 2026, 14:05 UTC", "Not you?", "support@example.com at once"],
      resetPage,
    ],
    ["ownership shared", composeOwnershipTaken({ site, team, to: name, roleAfter: "owner", at }), ["You are an owner still."], resetPage],
    [
      "deleted, to an owner",
      composeAccountDeleted({ ...deleted, mayUndo: true, losesSignIn: false }),
      [
        "no further period is charged",
        "Erased for good: 17 March 2026, 14:05 UTC",
        "From: the address 203.0.113.7\nWith: Firefox on Windows",
        "You can take it back until 17 March 2026, 14:05 UTC",
        "owners and admins can still download everything",
      ],
      teamPage,
    ],
    [
      "deleted, to a member of no other team",
      composeAccountDeleted({ ...deleted, mayUndo: false, losesSignIn: true }),
      ["An owner of the team can take it back until 17 March 2026", "your own sign-in is erased on that day too", "join another team"],
      teamPage,
    ],
    ["restored", composeAccountRestored({ site, team, at }), ["Nothing is erased", "When: 3 March 2026, 14:05 UTC"], teamPage],
  ];
};

const mails = mailsOf("Ada's Engines", "Grace Hopper");
const decoded = (html: string): string =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
const hrefsOf = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => decoded(href));
const addressesIn = (text: string): string[] => text.match(/https?:\/\/\S+/g) ?? [];
const shownIn = (html: string): string => decoded(html.replace(/<style>[\s\S]*<\/style>/, "").replace(/<[^>]+>/g, "")).replace(/\s+/g, " ");

test.each(mails)("%s: it says what happened, whose it is, until when, and what to do", (_, mail, words) => {
  for (const said of [...words, "the team Ada's Engines"]) expect(mail.text).toContain(said);
  expect(mail.text).not.toMatch(/undefined|null|\[object/);
});

test.each(mails)("%s: both parts say the same, and lead to one place in the product", (_, mail, __, link) => {
  const sentences = mail.text.split("\n").filter((line) => line !== "" && !line.startsWith("http") && line !== "-- ");
  for (const line of sentences) expect(shownIn(mail.html)).toContain(line.replace(/:$/, ""));
  expect(addressesIn(mail.text)).toEqual([link]);
  expect(mail.text.split("\n").filter((line) => line === link)).toHaveLength(1);
  expect(hrefsOf(mail.html)).toEqual([link]);
});

const hostile = 'Ada\r\nBcc: all@example.com <a href="https://evil.example/pay">Pay here</a> +44 20 7946 0000';
test.each(mailsOf(hostile, hostile))("%s: a name is no header, no link and no message in a mail that we sign", (_, mail, words, link) => {
  expect(mail.subject).toMatch(/^[^\r\n]{10,120}$/);
  expect(mail.subject).not.toContain("Ada");
  expect(mail.text).not.toMatch(/evil\.example|all@example|7946/);
  expect(mail.text).toContain("the team Ada Bcc all example com a href https evi");
  for (const said of words) expect(mail.text, "what we say stays beside it").toContain(said);
  expect(hrefsOf(mail.html)).toEqual([link]);
  expect(mail.html).not.toMatch(/<(script|img|iframe|form|object)\b|\son\w+=|url\(|@import/i);
});

test("names of which nothing can be shown leave whole sentences", () => {
  const said = mailsOf("://", "\u202e").map(([, { text }]) => text.split("\n\n").slice(0, 1).join());
  expect(said).toEqual([
    "Somebody invites you to join a team at Flows & <Co>, as a viewer.",
    "Somebody whom you invited is in a team now, as an admin.",
    "You were taken out of a team at Flows & <Co>, so you cannot open it any more, on any device.",
    "An owner offers you the ownership of a team at Flows & <Co>. If you take it, you are an owner, and who offers it is an admin from then on.",
    "An owner offers you the ownership of a team at Flows & <Co>. If you take it, you are an owner, and who offers it stays an owner beside you.",
    "A member took the ownership of a team that you had offered. You are a member now.",
    "A member took the ownership of a team that you had offered. You are an owner still.",
    "An owner deleted a team at Flows & <Co>. It is closed now, and no further period is charged.",
    "An owner deleted a team at Flows & <Co>. It is closed now, and no further period is charged.",
    "An owner took the deletion of a team at Flows & <Co> back. Nothing is erased, and you can go on where you stopped.",
  ]);
  const invite = composeInvite({ site, team: "Flows", inviter: null, role: "member", link: inviteLink, expiresAt: dueAt });
  expect(invite.text).toContain("Somebody invites you to join the team Flows");
});

test("what a mail says of a role is what the role may do", () => {
  for (const role of ROLES) {
    const said = sayWhatRoleMay(role);
    expect(/change what the team makes|everything/.test(said), role).toBe(may(role, "product.write"));
    expect(/invite and remove people|everything/.test(said), role).toBe(may(role, "members.manage"));
    expect(/plan and its payment|everything/.test(said), role).toBe(may(role, "billing.manage"));
    expect(said.includes("delete it"), role).toBe(may(role, "account.delete"));
  }
});

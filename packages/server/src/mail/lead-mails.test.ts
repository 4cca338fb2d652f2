import { expect, test } from "vitest";
import type { Site } from "./layout.ts";
import { composeLeadConfirmed } from "./lead-confirmed.ts";
import { composeLeadReceived, type LeadWords } from "./lead-received.ts";

const site: Site = { productName: "Flows & <Co>", baseUrl: "https://app.example.com", supportEmail: "support@example.com" };
const lead: LeadWords = {
  id: "01890000-0000-7000-8000-000000000001",
  name: "Grace Hopper",
  email: "grace@example.com",
  company: "Engines",
  size: "51-200",
  message: "We are forty.\nCan you help?",
  source: "plan:enterprise",
  accountId: "01890000-0000-7000-8000-000000000002",
};

test("sales is told everything that there is, the stranger's words last", () => {
  const { text, subject } = composeLeadReceived({ site, lead });
  expect(subject).toBe("Flows & <Co>: somebody wants to talk to sales");
  for (const said of ["Name: Grace Hopper", "Address: grace@example.com", "Size: 51-200", "Comes from: plan:enterprise", lead.id])
    expect(text).toContain(said);
  expect(text.indexOf("We are forty.\nCan you help?\n\n-- \n")).toBeGreaterThan(text.indexOf("What to do"));
});

test("what was not told leaves no gap", () => {
  const { text } = composeLeadReceived({ site, lead: { ...lead, company: null, size: null, source: null, accountId: null, name: "://" } });
  expect(text).not.toMatch(/Company|Size|Comes from|Account|Name|null|undefined/);
});

test("a stranger's words are text: they make no link, no markup and no subject; of a long message the beginning is told", () => {
  const message = `<a href="https://evil.example">Pay</a>${"x".repeat(3000)}`;
  const mail = composeLeadReceived({ site, lead: { ...lead, message, name: "https://evil.example", size: "<b>1</b>" } });
  expect(mail.html).not.toMatch(/<a |<b>|href="/);
  expect(mail.text).toContain("Name: https evil example");
  expect(mail.text).toContain("[...]");
  expect(mail.text.length).toBeLessThan(3000);
  expect(mail.subject).not.toContain("evil");
});

test("the sender is thanked without a link, and told what to do when it was not them", () => {
  const mail = composeLeadConfirmed(site);
  expect(mail.text).toContain("Was it not you?");
  expect(mail.text).not.toMatch(/https?:/);
  expect(mail.html).not.toContain("href=");
  expect(mail.html).not.toContain("<Co>");
});

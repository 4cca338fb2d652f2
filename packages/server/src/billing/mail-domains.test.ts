import { expect, test } from "vitest";
import { companyOf, isDisposable } from "./mail-domains.ts";

const none = { disposableAllow: [], disposableDeny: [] };

test.each([
  ["one on the list", "mailinator.com", none, true],
  ["below one on the list", "inbox.mailinator.com", none, true],
  ["ending like one", "mailinator-report.com", none, false],
  ["mail for everybody", "gmail.com", none, false],
  ["a relay that hides an address, and keeps it", "privaterelay.appleid.com", none, false],
  ["a company's", "acme.com", none, false],
  ["a reserved name", "example.com", none, false],
  ["one that the operator denies", "acme.com", { ...none, disposableDeny: ["acme.com"] }, true],
  ["below one that the operator denies", "eu.acme.com", { ...none, disposableDeny: ["acme.com"] }, true],
  ["one on the list that the operator allows", "mailinator.com", { ...none, disposableAllow: ["mailinator.com"] }, false],
  ["one that the operator allows and denies", "acme.com", { disposableAllow: ["acme.com"], disposableDeny: ["acme.com"] }, false],
])("throw-away: %s", (_, domain, lists, expected) => expect(isDisposable(domain, lists)).toBe(expected));

test.each([
  ["a company's own name", "acme.com", "acme.com"],
  ["a department", "mail.eu.acme.com", "acme.com"],
  ["a company below a country's suffix", "eu.acme.co.uk", "acme.co.uk"],
  ["whoever has a name below a host's suffix has it for themself", "acme.github.io", "acme.github.io"],
  ["letters of its own", "mail.xn--mnchen-3ya.de", "xn--mnchen-3ya.de"],
  ["mail for everybody", "gmail.com", null],
  ["mail for everybody, of this country", "yahoo.co.jp", null],
  ["below mail for everybody", "sub.gmx.de", null],
  ["mail for everybody that the list lacks", "fastmail.com", null],
  ["a relay", "privaterelay.appleid.com", null],
  ["documentation", "example.com", null],
  ["a test", "acme.test", null],
  ["a suffix that is nobody's", "co.uk", null],
])("company: %s", (_, domain, expected) => expect(companyOf(domain)).toBe(expected));

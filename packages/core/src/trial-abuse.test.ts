import { expect, test } from "vitest";
import { parseEmail } from "./email.ts";
import { isBelow, isReservedDomain, lapsedUpTo, type TrialPerson, trialAddress, trialClaims, whyNotTrial } from "./trial-abuse.ts";

/** As it would reach the rule: through the reading of what was typed. */
function mailboxOf(typed: string): string {
  const read = parseEmail(typed);
  if (!read.ok) throw new Error(`${typed}: ${read.why}`);
  return trialAddress(read.normalised);
}

test.each([
  ["an address as it is", "ada@acme.com", "ada@acme.com"],
  ["capitals are the same mailbox", "Ada.Lovelace@ACME.com", "ada.lovelace@acme.com"],
  ["a tag is taken off", "ada+trial@acme.com", "ada@acme.com"],
  ["all tags are taken off", "ada+a+b@acme.com", "ada@acme.com"],
  ["an empty tag is taken off", "ada+@acme.com", "ada@acme.com"],
  ["a tag of nothing stays", "+ada@acme.com", "+ada@acme.com"],
  ["dots stay where they may mean something", "a.d.a@acme.com", "a.d.a@acme.com"],
  ["dots are nothing at Google", "a.d.a@gmail.com", "ada@gmail.com"],
  ["Google's other name is Google", "ada@googlemail.com", "ada@gmail.com"],
  ["dots and tags at Google, in capitals", "A.Da+Trial.2@GoogleMail.com", "ada@gmail.com"],
  ["a domain that only ends like Google's", "a.d.a@notgmail.com", "a.d.a@notgmail.com"],
  ["a domain below Google's is another one", "a.d.a@mail.gmail.com", "a.d.a@mail.gmail.com"],
  ["a domain in its own writing and in ASCII are one", "ada+1@münchen.de", "ada@xn--mnchen-3ya.de"],
])("%s", (_, typed, expected) => expect(mailboxOf(typed)).toBe(expected));

test.each([
  ["documentation", "example.com", true],
  ["below documentation", "mail.example.org", true],
  ["a test's", "acme.test", true],
  ["an example's", "issuer.example", true],
  ["nobody's", "acme.invalid", true],
  ["this machine", "mail.localhost", true],
  ["a company whose name ends like documentation", "myexample.com", false],
  ["a company whose name begins like documentation", "example.com.br", false],
  ["a company called test", "test.com", false],
])("reserved: %s", (_, domain, expected) => expect(isReservedDomain(domain)).toBe(expected));

test.each([
  ["itself", "mailinator.com", true],
  ["below it", "a.b.mailinator.com", true],
  ["only ending like it", "notmailinator.com", false],
  ["above it", "com", false],
])("on a list: %s", (_, domain, expected) => expect(isBelow(domain, new Set(["mailinator.com"]))).toBe(expected));

const ada: TrialPerson = { normalisedEmail: "ada+1@acme.com", company: "acme.com", identities: [] };
const google = { issuer: "https://accounts.google.com", subject: "1" };

test("a person is known by mailbox, company and each account of a provider, each once", () => {
  expect(trialClaims({ ...ada, identities: [google, { ...google, subject: "2" }, google] })).toEqual([
    { kind: "address", value: "ada@acme.com" },
    { kind: "company", value: "acme.com" },
    { kind: "provider", value: "https://accounts.google.com\n1" },
    { kind: "provider", value: "https://accounts.google.com\n2" },
  ]);
  expect(trialClaims({ ...ada, company: null })).toEqual([{ kind: "address", value: "ada@acme.com" }]);
});

test.each([
  ["nobody had it", { isDisposable: false, taken: [] }, null],
  ["the mailbox had it", { isDisposable: false, taken: ["address"] }, "trial_used_by_person"],
  ["the provider's account had it", { isDisposable: false, taken: ["provider"] }, "trial_used_by_person"],
  ["only the card had it", { isDisposable: false, taken: ["card"] }, "trial_used_by_card"],
  ["they themself come before the card", { isDisposable: false, taken: ["card", "provider"] }, "trial_used_by_person"],
  ["a colleague comes before the card", { isDisposable: false, taken: ["card", "company"] }, "trial_used_by_company"],
  ["a colleague had it", { isDisposable: false, taken: ["company"] }, "trial_used_by_company"],
  ["they themself come before a colleague", { isDisposable: false, taken: ["company", "address"] }, "trial_used_by_person"],
  ["a throw-away address, whoever had it", { isDisposable: true, taken: ["address"] }, "disposable_address"],
  ["a throw-away address that nobody had", { isDisposable: true, taken: [] }, "disposable_address"],
] as const)("%s", (_, facts, expected) => expect(whyNotTrial(facts)).toBe(expected));

test("an unproven claim to a company lapses when the grace to prove it is over", () => {
  const made = new Date("2026-01-01T00:00:00.000Z");
  const lapsed = (now: string) => made <= lapsedUpTo(new Date(now), { verificationGraceDays: 7 });
  expect(lapsed("2026-01-07T23:59:59.999Z")).toBe(false);
  expect(lapsed("2026-01-08T00:00:00.000Z")).toBe(true);
});

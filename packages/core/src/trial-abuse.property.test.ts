import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEmail } from "./email.ts";
import { CLAIM_KINDS, trialAddress, whyNotTrial } from "./trial-abuse.ts";

const runs = { numRuns: 2000 };
const letters = (units: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...units), minLength, maxLength });
const atom = letters("abzAZ09!#$%&'*/=?^_`{|}~-", 1, 12);
const local = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join("."));
const domain = fc.constantFrom("acme.com", "Acme.COM", "gmail.com", "GoogleMail.com", "münchen.de", "mail.acme.co.uk");
const tag = letters("ab0+-", 0, 8);

function mailboxOf(typed: string): string {
  const read = parseEmail(typed);
  return read.ok ? trialAddress(read.normalised) : `refused: ${read.why}`;
}
const inCapitals = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

test("a mailbox stays itself under any tag and in any case", () => {
  fc.assert(
    fc.property(local, tag, domain, (name, suffix, at) => {
      const mailbox = mailboxOf(`${name}@${at}`);
      expect(mailboxOf(`${name}+${suffix}@${at}`)).toBe(mailbox);
      expect(mailboxOf(`${inCapitals(name)}@${at}`)).toBe(mailbox);
    }),
    runs,
  );
});

test("what comes out is an address that means itself", () => {
  fc.assert(
    fc.property(local, tag, domain, (name, suffix, at) => {
      const mailbox = mailboxOf(`${name}+${suffix}@${at}`);
      expect(mailboxOf(mailbox)).toBe(mailbox);
    }),
    runs,
  );
});

test("wherever dots are put at Google, the mailbox is one; elsewhere each is its own", () => {
  fc.assert(
    fc.property(fc.array(letters("abz09", 1, 6), { minLength: 2, maxLength: 5 }), (atoms) => {
      expect(mailboxOf(`${atoms.join(".")}@gmail.com`)).toBe(mailboxOf(`${atoms.join("")}@googlemail.com`));
      expect(mailboxOf(`${atoms.join(".")}@acme.com`)).not.toBe(mailboxOf(`${atoms.join("")}@acme.com`));
    }),
    runs,
  );
});

test("two mailboxes that differ in more than tag, case and dots are never taken for one", () => {
  fc.assert(
    fc.property(letters("abz09", 1, 12), letters("abz09", 1, 12), domain, (one, other, at) => {
      fc.pre(one !== other);
      expect(mailboxOf(`${one}@${at}`)).not.toBe(mailboxOf(`${other}@${at}`));
    }),
    runs,
  );
});

test("a trial is given exactly where nothing speaks against it, in whatever order claims are found taken", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.constantFrom(...CLAIM_KINDS)), (isDisposable, taken) => {
      const why = whyNotTrial({ isDisposable, taken });
      expect(why === null).toBe(!isDisposable && taken.length === 0);
      expect(whyNotTrial({ isDisposable, taken: taken.toReversed() })).toBe(why);
    }),
    runs,
  );
});

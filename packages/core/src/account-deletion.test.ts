import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccountDeletion, confirmsDeletion, DELETION_UNDO_DAYS, deletionState } from "./account-deletion.ts";

const day = (n: number, ms = 0) => new Date(Date.UTC(2026, 0, 1 + n) + ms);
const asked: AccountDeletion = { requestedAt: day(0), dueAt: day(DELETION_UNDO_DAYS), undoneAt: null, erasedAt: null };

test("a deletion can be undone for two weeks", () => expect(DELETION_UNDO_DAYS).toBe(14));

test.each<[string, AccountDeletion | null, Date, ReturnType<typeof deletionState>]>([
  ["an account that nobody deletes is not deleted", null, day(0), "none"],
  ["a deletion waits from the instant it is asked for", asked, day(0), "pending"],
  ["it can be undone to its last millisecond", asked, day(14, -1), "pending"],
  ["it is due at the instant its time is over", asked, day(14), "due"],
  ["it stays due until it is done", asked, day(400), "due"],
  ["one that was undone is none", { ...asked, undoneAt: day(3) }, day(4), "none"],
  ["also when it would be due", { ...asked, undoneAt: day(3) }, day(14), "none"],
  ["one that is done is done", { ...asked, erasedAt: day(14) }, day(15), "erased"],
  ["what was done ahead of its time is done too", { ...asked, erasedAt: day(1) }, day(2), "erased"],
])("%s", (_, deletion, now, expected) => expect(deletionState(deletion, now)).toBe(expected));

test.each<[string, string, string, boolean]>([
  ["the name as it is", "Acme Labs", "Acme Labs", true],
  ["spaces around it", "Acme Labs", "  Acme Labs\t\n", true],
  ["more spaces between the words", "Acme Labs", "Acme   Labs", true],
  ["more spaces in the name itself", "Acme   Labs", "Acme Labs", true],
  ["a space that does not break, as a copied page has it", "Acme Labs", "Acme\u00a0Labs", true],
  ["an accent that is typed as two characters", "Caf\u00e9 Labs", "Cafe\u0301 Labs", true],
  ["an accent that the name holds as two", "Cafe\u0301 Labs", "Caf\u00e9 Labs", true],
  ["an accent left out", "Caf\u00e9 Labs", "Cafe Labs", false],
  ["small letters for capitals", "Acme Labs", "acme labs", false],
  ["no space where the name has one", "Acme Labs", "AcmeLabs", false],
  ["a space where the name has none", "AcmeLabs", "Acme Labs", false],
  ["only the beginning", "Acme Labs", "Acme", false],
  ["more than the name", "Acme Labs", "Acme Labs Ltd", false],
  ["another account's name", "Acme Labs", "Acme Lab", false],
  ["a look-alike of another script", "Acme", "\u0410cme", false],
  ["fullwidth letters", "Acme", "\uff21cme", false],
  ["nothing", "Acme Labs", "", false],
  ["spaces alone", "Acme Labs", "   ", false],
])("typed to confirm: %s", (_, name, typed, expected) => expect(confirmsDeletion(name, typed)).toBe(expected));

test("a name confirms itself, however it is composed, and with spaces around it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom("NFC", "NFD"), fc.stringMatching(/^[ \t\n]*$/), (name, form, spaces) => {
      expect(confirmsDeletion(name, `${spaces}${name.normalize(form)}${spaces}`)).toBe(true);
    }),
  );
});

test("another name does not confirm", () => {
  const name = fc.stringMatching(/^[A-Za-z]{1,12}$/);
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(confirmsDeletion(one, other)).toBe(one === other);
    }),
  );
});

import { expect, test } from "vitest";
import { isCommonPassword } from "./common-passwords.ts";
import { checkPassword } from "./password-rules.ts";

const ada = { email: "ada@example.com", name: "Ada Lovelace", productName: "Lighthouse" };
const refusalOf = (password: string, field?: string): unknown => {
  try {
    checkPassword(password, ada, field);
    return null;
  } catch (thrown) {
    return thrown;
  }
};

test.each([
  ["seven characters", "aB3$xY9", "too_short"],
  ["a hundred and twenty-nine characters", "horse-".repeat(30).slice(0, 129), "too_long"],
  ["a password from a breach", "password", "common"],
  ["the same in capitals", "PASSWORD", "common"],
  ["the same in full-width letters", "ｐａｓｓｗｏｒｄ", "common"],
  ["a keyboard row", "qwertyuiop", "common"],
  ["the person's own name", "adalovelace1815", "contains_identity"],
  ["the product's name", "Lighthouse1!", "contains_identity"],
  ["one character over and over", "zzzzzzzzzzzzzzzz", "trivial"],
])("%s is refused, with a sentence that says why", (_, password, reason) => {
  expect(refusalOf(password)).toMatchObject({
    code: "password_weak",
    details: { reason, problems: [{ at: "body.password", why: expect.stringMatching(/^This password is .+\.$/) }] },
  });
});

test.each(["correct horse battery staple", "vK9#mQ2$pL7x", "mot de passe à moi seul", "猫が窓の外を静かに見ている"])(
  "%s is taken",
  (password) => {
    expect(refusalOf(password)).toBeNull();
  },
);

test("the refusal names the field that the person typed in, and never the password", () => {
  const refusal = refusalOf("iloveyou", "body.new_password");
  expect(refusal).toMatchObject({ details: { problems: [{ at: "body.new_password" }] } });
  expect(JSON.stringify(refusal)).not.toContain("iloveyou");
});

test("the list is there, and exact: a longer password that begins with a common one is not on it", () => {
  expect(["12345678", "baseball", "trustno1", "1q2w3e4r5t"].map(isCommonPassword)).toEqual([true, true, true, true]);
  expect(isCommonPassword("baseball under the bridge")).toBe(false);
});

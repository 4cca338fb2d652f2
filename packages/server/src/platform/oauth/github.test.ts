import { expect, test } from "vitest";
import { github } from "./github.ts";

const settings = { clientId: "id", clientSecret: "secret", issuer: "https://github.com", hostedDomains: [] };
const ADDRESSES = [
  { email: "old@example.com", primary: false, verified: true },
  { email: "ada@example.com", primary: true, verified: true },
];
const personOf = (user: unknown, addresses: unknown = ADDRESSES, asked: string[] = []) =>
  github.person((url) => {
    asked.push(url);
    return Promise.resolve(url.endsWith("/emails") ? addresses : user);
  }, settings);

test("somebody is their number, and their primary address is told but not proven", async () => {
  const asked: string[] = [];
  expect(await personOf({ id: 42, login: "ada", name: "Ada Lovelace" }, ADDRESSES, asked)).toEqual({
    issuer: "https://github.com",
    subject: "42",
    email: "ada@example.com",
    provesEmail: false,
    name: "Ada Lovelace",
    tenant: null,
  });
  expect(asked).toEqual(["https://api.github.com/user", "https://api.github.com/user/emails"]);
});

test.each<[string, unknown]>([
  ["unverified", [{ email: "ada@example.com", primary: true, verified: false }]],
  ["not the primary one", [{ email: "ada@example.com", primary: false, verified: true }]],
  ["no text", [{ email: 7, primary: true, verified: true }]],
  ["nowhere", []],
])("an address that is %s is none", async (_, addresses) => {
  expect(await personOf({ id: 42 }, addresses)).toMatchObject({ subject: "42", email: null });
});

test.each<[string, unknown, unknown]>([
  ["no number", { login: "ada" }, ADDRESSES],
  ["a number in quotes", { id: "42" }, ADDRESSES],
  ["zero", { id: 0 }, ADDRESSES],
  ["nothing at all", null, ADDRESSES],
  ["no list of addresses", { id: 42 }, { message: "Not Found" }],
])("a profile with %s lets nobody in", async (_, user, addresses) => {
  expect(await personOf(user, addresses)).toBe("profile");
});

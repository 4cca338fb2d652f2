import { openTestServer, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { expect, test } from "vitest";

async function withServer(
  env: Record<string, string>,
  work: (register: (email: string) => Promise<unknown>, server: TestServer) => Promise<void>,
) {
  const server = await openTestServer({ env });
  try {
    await work(async (email) => {
      const body = { email, password: TEST_PASSWORD, name: "Ada Lovelace" };
      const answer = await server.request<{ trial?: { reason: string } }>("POST", "/auth/register", { body });
      expect(answer.status).toBe(201);
      return answer.body.trial?.reason ?? null;
    }, server);
  } finally {
    await server.close();
  }
}

test("switched off, every new account has a trial, and nothing is remembered", () =>
  withServer({ TRIAL_ABUSE: "off" }, async (register, server) => {
    for (const email of ["ada@acme.com", "ada+1@acme.com", "grace@acme.com", "ada@mailinator.com"])
      expect(await register(email)).toBeNull();
    expect(await server.database.query("select 1 from trial_claims union all select 1 from trial_refusals")).toEqual([]);
  }));

test("what the operator allows gets a trial, what they deny gets none, with all below", () =>
  withServer({ DISPOSABLE_DOMAINS_ALLOW: "mailinator.com", DISPOSABLE_DOMAINS_DENY: "acme.com, other.example.net" }, async (register) => {
    expect(await register("ada@mailinator.com")).toBeNull();
    expect(await register("ada@eu.acme.com")).toBe("disposable_address");
    expect(await register("ada@guerrillamail.com")).toBe("disposable_address");
  }));

test("another secret makes other hashes: who has only the table cannot try out whose address it is", async () => {
  const hashes: string[] = [];
  for (const secret of ["one secret of tests, which is no secret", "another secret of tests, which is none"])
    await withServer({ GATEHOUSE_SECRET: secret }, async (register, server) => {
      await register("ada@acme.com");
      const rows = await server.database.query<{ hash: string }>("select encode(hash, 'hex') as hash from trial_claims");
      hashes.push(...rows.map(({ hash }) => hash));
    });
  expect(new Set(hashes).size).toBe(4);
});

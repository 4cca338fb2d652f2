import { openTestServer, TEST_PASSWORD, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: TestServer;
let second: TestServer;
beforeAll(async () => {
  server = await openTestServer();
  second = await openTestServer({ beside: server });
});
afterAll(async () => {
  await second.close();
  await server.close();
});

/** All at once, over two processes. @returns the reasons of those that got no trial */
async function reasonsOf(addresses: readonly string[]): Promise<unknown[]> {
  const answers = await Promise.all(
    addresses.map((email, index) =>
      (index % 2 === 0 ? server : second).request<{ trial?: { reason: string } }>("POST", "/auth/register", {
        body: { email, password: TEST_PASSWORD, name: "Ada Lovelace" },
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(addresses.map(() => 201));
  return answers.flatMap(({ body }) => (body.trial ? [body.trial.reason] : []));
}
const trialsOf = async (domain: string) =>
  (
    await server.database.query(
      "select t.id from trials t join memberships m on m.account_id = t.account_id join users u on u.id = m.user_id where u.email like $1",
      [`%${domain}`],
    )
  ).length;
const twenty = (address: (n: number) => string) => Array.from({ length: 20 }, (_, n) => address(n));

test("of twenty of one company at once exactly one gets the trial, and all get an account", async () => {
  const reasons = await reasonsOf(twenty((n) => `colleague-${n}@rush.com`));
  expect(reasons).toEqual(Array.from({ length: 19 }, () => "trial_used_by_company"));
  expect(await trialsOf("@rush.com")).toBe(1);
});

test("of twenty spellings of one mailbox at once exactly one gets the trial", async () => {
  const reasons = await reasonsOf(twenty((n) => `ada+${n}@posteo.net`));
  expect(reasons).toEqual(Array.from({ length: 19 }, () => "trial_used_by_person"));
  expect(await trialsOf("@posteo.net")).toBe(1);
});

test("mailboxes and companies crosswise at once: nobody waits in a circle, each company and each mailbox has one trial at the most", async () => {
  const addresses = twenty((n) => `person-${n % 4}+${n}@crosswise-${n % 5}.com`);
  await reasonsOf(addresses);
  for (const n of [0, 1, 2, 3, 4]) expect(await trialsOf(`@crosswise-${n}.com`)).toBe(1);
  const heldWithoutTrial = await server.database.query(
    "select kind from trial_claims c where not exists (select 1 from trials t where t.account_id = c.account_id)",
  );
  expect(heldWithoutTrial).toEqual([]);
});

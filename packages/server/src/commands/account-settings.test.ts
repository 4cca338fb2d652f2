import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, type TestServer, testProduct } from "@gatehouse/testkit";
import { environmentOf, runCommand } from "@gatehouse/testkit/command-line";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const product = { ...testProduct, catalogue: catalogueWithFlags };
let server: TestServer;
let env: Record<string, string>;
let ada: Person;
let end: string;
beforeAll(async () => {
  server = await openTestServer({ product });
  env = environmentOf(server.database);
  // A command's clock is the world's.
  const [row] = await server.database.query<{ now: Date }>("select now() as now");
  server.clock.set(row?.now ?? new Date(0));
  end = addDays(server.clock.now(), 30).toISOString();
});
afterAll(() => server.close());
beforeEach(async () => {
  ada = await registerPerson(server);
});

const run = (words: string) => runCommand(words.replace("ACCOUNT", ada.account.id), env, { product });
const json = async (words: string) => {
  const { code, stdout, stderr } = await run(`${words} --json`);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
const NOBODYS = "01890000-0000-7000-8000-000000000000";
const state = async () =>
  (await server.request<{ features: object; limits: object }>("GET", "/billing/state", { token: ada.accessToken })).body;
const audited = () =>
  server.database.query(
    "select actor_user_id, user_agent, action, target_id, details from audit_events where account_id = $1 and action like 'override.%' order by id",
    [ada.account.id],
  );
const BY_COMMAND = { actor_user_id: null, user_agent: "gatehouse command line" };

test("a flag is set for one account, had at once, shown with its layer, and taken away", async () => {
  expect((await run("account flags ACCOUNT --flag sso")).stdout).toBe("sso  false  flag_default\n");
  const set = await run(`account set-flag ACCOUNT sso true --until ${end} --reason ticket17`);
  expect(set).toEqual({ code: 0, stdout: `sso  true  account_override  set to true, until ${end}, version 1 (ticket17)\n`, stderr: "" });
  expect(await state()).toMatchObject({ features: { sso: true } });
  expect((await run("account flags ACCOUNT")).stdout.split("\n").map((line) => line.split("  ").slice(0, 3).join(" "))).toEqual([
    "search true flag_default",
    "copilot true plan_default",
    "sso true account_override",
    "hours 24 plan_default",
    "theme plain flag_default",
    "",
  ]);
  expect(await run("account unset-flag ACCOUNT sso --version 1 --reason over")).toEqual({
    code: 0,
    stdout: "Nothing is set of sso any more: the account has what its plan says.\n",
    stderr: "",
  });
  expect(await state()).toMatchObject({ features: { sso: false } });
  expect(await audited()).toEqual([
    {
      ...BY_COMMAND,
      action: "override.set",
      target_id: "feature:sso",
      details: { value: true, expires_at: end, reason: "ticket17", by: "operator" },
    },
    { ...BY_COMMAND, action: "override.removed", target_id: "feature:sso", details: { reason: "over", by: "operator" } },
  ]);
});

test("a limit is set for one account, or lifted, and taken away", async () => {
  expect((await run("account limits ACCOUNT --limit seats")).stdout).toBe("seats  10  plan_default\n");
  const set = await json("account set-limit ACCOUNT seats 25 --reason ticket17");
  expect(set).toMatchObject({
    account_id: ada.account.id,
    key: "seats",
    value: 25,
    layer: "account_override",
    override: { value: 25, reason: "ticket17", set_by: null, expires_at: null, version: 1 },
  });
  expect(await state()).toMatchObject({ limits: { seats: { limit: 25 } } });
  expect((await run("account set-limit ACCOUNT seats unlimited --version 1 --reason contract")).stdout).toBe(
    "seats  unlimited  account_override  set to unlimited, version 2 (contract)\n",
  );
  expect(await json("account set-limit ACCOUNT seats 0 --version 2 --reason contract")).toMatchObject({ value: 0 });
  expect((await json("account limits ACCOUNT")).items).toHaveLength(4);
  expect(await json("account unset-limit ACCOUNT seats --version 3 --reason over")).toEqual({
    account_id: ada.account.id,
    key: "seats",
    removed: true,
  });
  expect(await state()).toMatchObject({ limits: { seats: { limit: 10 } } });
  expect((await audited()).map((row) => row["target_id"])).toEqual(Array(4).fill("limit:seats"));
});

test("numbers and texts are taken as the flag's default is", async () => {
  expect(await json("account set-flag ACCOUNT hours 1.5 --reason x")).toMatchObject({ value: 1.5 });
  expect(await json("account set-flag ACCOUNT theme 7 --reason x")).toMatchObject({ value: "7" });
});

test("what others set meanwhile is not overwritten, and the newer version is told", async () => {
  await run("account set-flag ACCOUNT sso true --reason first");
  await run("account set-limit ACCOUNT seats 25 --reason first");
  for (const [words, said] of [
    [
      "account set-flag ACCOUNT sso false --reason x",
      "It is set already: see gatehouse account flags, and say --version 1 to set it anew.",
    ],
    ["account set-flag ACCOUNT sso false --version 7 --reason x", "(version: 1)"],
    ["account unset-flag ACCOUNT sso --version 7 --reason x", "(version: 1)"],
    [
      "account set-limit ACCOUNT seats 1 --reason x",
      "It is set already: see gatehouse account limits, and say --version 1 to set it anew.",
    ],
    ["account set-limit ACCOUNT seats 1 --version 7 --reason x", "(version: 1)"],
    ["account unset-limit ACCOUNT seats --version 7 --reason x", "(version: 1)"],
    ["account set-flag ACCOUNT theme blue --version 1 --reason x", "(version: none)"],
  ] as const) {
    const { code, stderr } = await run(words);
    expect([code, stderr], words).toEqual([1, expect.stringContaining(said)]);
  }
  expect(await state()).toMatchObject({ features: { sso: true, theme: "plain" }, limits: { seats: { limit: 25 } } });
});

test("what was set of a flag that has left the catalogue is shown, and can be taken away", async () => {
  await server.database.query(
    "insert into account_feature_overrides (account_id, flag, value, reason, set_at) values ($1, 'gone', 'true', 'a test', $2)",
    [ada.account.id, server.clock.now()],
  );
  expect((await run("account flags ACCOUNT")).stdout).toContain("gone  is set in version 1, and is not in the catalogue any more\n");
  expect(await json("account flags ACCOUNT")).toMatchObject({ not_in_catalogue: [{ key: "gone", value: true, version: 1 }] });
  expect((await run("account unset-flag ACCOUNT gone --version 1 --reason x")).code).toBe(0);
  expect(await json("account flags ACCOUNT")).toMatchObject({ not_in_catalogue: [] });
});

test.each([
  [`account flags ${NOBODYS}`, "There is no account"],
  ["account flags ACCOUNT --flag soo", "(flag: soo; known: search, copilot, sso, hours, theme)"],
  ["account set-flag ACCOUNT soo true --reason x", "(flag: soo; known: search, copilot, sso, hours, theme)"],
  ["account set-flag ACCOUNT sso maybe --reason x", 'sso is true or false, not "maybe".'],
  ["account set-flag ACCOUNT sso 1 --reason x", 'sso is true or false, not "1".'],
  ["account set-flag ACCOUNT hours many --reason x", 'hours is a number, not "many".'],
  [`account set-flag ACCOUNT hours ${"9".repeat(400)} --reason x`, "hours is a number, not"],
  [`account set-flag ACCOUNT theme ${"a".repeat(201)} --reason x`, "theme is plain text of at most 200 characters"],
  ["account set-flag ACCOUNT theme a\u0007 --reason x", "theme is plain text"],
  ["account set-flag ACCOUNT sso true", "--reason has 1 to 500 characters."],
  ["account set-flag ACCOUNT sso true --reason a\u001b[2J", "--reason is one line of plain text."],
  ["account set-flag ACCOUNT sso true --until 2020-01-01T00:00:00Z --reason x", "--until must be in the future."],
  ["account set-flag ACCOUNT sso true --until tomorrow --reason x", "--until is an instant"],
  ["account set-flag ACCOUNT sso true --version 0 --reason x", "--version is a whole number from 1"],
  ["account unset-flag ACCOUNT sso --reason x", "Say with --version which one you saw: gatehouse account flags shows it."],
  ["account unset-flag ACCOUNT sso --version 1 --reason x", "Nothing was set for this account."],
  ["account unset-flag ACCOUNT soo --version 1 --reason x", "known: search, copilot, sso, hours, theme"],
  [`account limits ${NOBODYS}`, "There is no account"],
  ["account limits ACCOUNT --limit seat", "(limit: seat; known: seats, notes, exports, searches)"],
  ["account set-limit ACCOUNT constructor 1 --reason x", "(limit: constructor; known: seats, notes, exports, searches)"],
  ["account set-limit ACCOUNT seats -1 --reason x", "Unknown option '-1'."],
  ["account set-limit ACCOUNT seats --reason x -- -1", 'VALUE is a whole number from 0 to 9007199254740991, or unlimited, not "-1".'],
  ["account set-limit ACCOUNT seats 0.5 --reason x", 'not "0.5".'],
  ["account set-limit ACCOUNT seats 1e3 --reason x", 'not "1e3".'],
  ["account set-limit ACCOUNT seats 9007199254740992 --reason x", 'not "9007199254740992".'],
  ["account set-limit ACCOUNT seats null --reason x", 'not "null".'],
  ["account set-limit ACCOUNT seats 1 --until 2020-01-01T00:00:00Z --reason x", "--until must be in the future."],
  ["account unset-limit ACCOUNT seats --version 1 --reason x", "Nothing was set for this account."],
])("%s is refused in plain words, and nothing is set", async (words, said) => {
  const { code, stdout, stderr } = await run(words);
  expect([code > 0, stdout]).toEqual([true, ""]);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain("    at ");
  expect(await audited()).toEqual([]);
});

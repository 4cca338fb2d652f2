import { type CommandRun, runCommand } from "@gatehouse/testkit/command-line";
import { expect, test } from "vitest";
import type { Environment } from "../platform/config.ts";

const check = (env: Environment, flag = ""): Promise<CommandRun> => runCommand(`config check ${flag}`.trim(), env);

const PRODUCTION = {
  NODE_ENV: "production",
  BASE_URL: "https://app.example.com",
  DATABASE_URL: "postgresql://server:hunter2-database@db.example.com/gatehouse",
  DATABASE_OWNER_URL: "postgresql://owner:hunter2-owner@db.example.com/gatehouse",
  GATEHOUSE_SECRET: "hunter2-hunter2-hunter2-hunter2-hunter2",
  SMTP_URL: "smtps://mailer:hunter2-mail@smtp.example.com",
};

const DARK = ["Google sign-in (GOOGLE_CLIENT_ID)", "Microsoft sign-in (MICROSOFT_CLIENT_ID)", "GitHub sign-in (GITHUB_CLIENT_ID)"];

test("with nothing configured it is the sandbox, and what it plays is said", async () => {
  const { code, stdout, stderr } = await check({}, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    sandbox: true,
    production: false,
    played_by_sandbox: ["PostgreSQL", "mail", "Google", "Microsoft"],
    self_serve_enabled: true,
  });
  expect((await check({})).stdout).toContain("PostgreSQL, mail");
});

test("a whole production is right, its sign-up is capped, and none of its secrets is printed", async () => {
  for (const flag of ["", "--json"]) {
    const { code, stdout, stderr } = await check(PRODUCTION, flag);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("https://app.example.com");
    expect(stdout).not.toContain("hunter2");
  }
  expect(JSON.parse((await check(PRODUCTION, "--json")).stdout)).toMatchObject({ sandbox: false, self_serve_enabled: false, dark: DARK });
});

test("a provider of which one half is set is said to stay off, and why", async () => {
  const { stdout } = await check({ ...PRODUCTION, GOOGLE_CLIENT_ID: "an id" });
  expect(stdout).toContain("half set up    Google sign-in stays off: GOOGLE_CLIENT_SECRET is missing");
  const whole = await check({ ...PRODUCTION, GOOGLE_CLIENT_ID: "an id", GOOGLE_CLIENT_SECRET: "hunter2" }, "--json");
  expect(JSON.parse(whole.stdout).dark).toEqual(DARK.slice(1));
});

test("a production without a mail server is told that mail is dark", async () => {
  expect((await check({ ...PRODUCTION, SMTP_URL: "" })).stdout).toContain("switched off   mail (SMTP_URL)");
});

/** One wrong value of each kind, and what must be named for it. */
const WRONG = {
  PORT: "70000",
  LOG_LEVEL: "loud",
  SELF_SERVE_ENABLED: "yes",
  SIGNUP_MODE: "ajar",
  TRIAL_DAYS: "-1",
  RATE_LIMIT_FACTOR: "many",
  SUPPORT_EMAIL: "support",
  MAIL_FROM: "Product\nBcc: everybody@example.com",
  BASE_URL: "ftp://app.example.com",
  DATABASE_URL: "hunter2-database",
  SMTP_URL: "hunter2-mail",
  GATEHOUSE_SECRET: "hunter2",
};

test("every wrong value is named at once, and none of the secret ones is printed", async () => {
  for (const flag of ["", "--json"]) {
    const { code, stdout, stderr } = await check(WRONG, flag);
    expect([code, stdout]).toEqual([1, ""]);
    for (const name of Object.keys(WRONG)) expect(stderr).toContain(`${name}: `);
    expect(stderr).not.toContain("hunter2");
    expect(stderr).not.toContain("    at ");
  }
  expect(JSON.parse((await check(WRONG, "--json")).stderr).problems).toHaveLength(Object.keys(WRONG).length);
});

test("what is missing in production is named together with what is wrong", async () => {
  const { code, stderr } = await check({ NODE_ENV: "production", PORT: "no port", RATE_LIMIT_FACTOR: "0", SANDBOX: "on" }, "--json");
  expect(code).toBe(1);
  const names = JSON.parse(stderr).problems.map((problem: string) => problem.split(":")[0]);
  expect(names.sort()).toEqual(["BASE_URL", "DATABASE_URL", "GATEHOUSE_SECRET", "PORT", "RATE_LIMIT_FACTOR", "SANDBOX"]);
});

test.each([
  ["the sandbox", { SANDBOX: "on" }, "SANDBOX: must not be on in production"],
  ["rate limits that are switched off", { RATE_LIMIT_FACTOR: "0" }, "RATE_LIMIT_FACTOR: must not be 0 in production"],
  ["links that anybody can read on the way", { BASE_URL: "http://app.example.com" }, "BASE_URL: must be https in production"],
])("production refuses %s", async (_, env, problem) => {
  const { code, stderr } = await check({ ...PRODUCTION, ...env });
  expect(code).toBe(1);
  expect(stderr).toBe(`The configuration is not right:\n  ${problem}\n`);
});

test("an empty variable is one that is not set", async () => {
  const { code, stdout } = await check({ PORT: "", SMTP_URL: "", NODE_ENV: "" }, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    base_url: "http://127.0.0.1:4000",
    played_by_sandbox: ["PostgreSQL", "mail", "Google", "Microsoft"],
  });
});

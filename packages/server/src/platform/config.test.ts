import { expect, test } from "vitest";
import { ConfigError, describeConfig, type Environment, readConfig, sandboxParts } from "./config.ts";

const SECRET = "thirty-two characters, or some more";
const local = { DATABASE_URL: "postgresql://server@db/gatehouse", GATEHOUSE_SECRET: SECRET } as const;
const production = { ...local, NODE_ENV: "production", BASE_URL: "https://app.example.com" } as const;

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
const names = (problems: readonly string[]) => problems.map((problem) => problem.slice(0, problem.indexOf(":"))).sort();

/** One wrong value of every variable that can have one. */
const wrong = {
  NODE_ENV: "prod",
  SANDBOX: "maybe",
  PORT: "99999",
  BASE_URL: "app.example.com",
  GATEHOUSE_SECRET: "too-short-a-secret",
  LOG_LEVEL: "loud",
  SHUTDOWN_SECONDS: "-1",
  DATABASE_URL: "mysql://root:hunter2@db/x",
  DATABASE_OWNER_URL: "owner:hunter2@db",
  DATABASE_DIRECT_URL: "hunter2",
  DATABASE_POOL_MAX: "0",
  DATABASE_WAIT_SECONDS: "61",
  SMTP_URL: "http://user:hunter2@mail",
  MAIL_FROM: "a\r\nBcc: victim@example.com",
  SUPPORT_EMAIL: "support",
  SALES_EMAIL: "sales",
  STRIPE_SECRET_KEY: "pk_live_hunter2",
  STRIPE_WEBHOOK_SECRET: "hunter2, whsec_x",
  STRIPE_API_BASE: "api.stripe.com",
  PAUSED_COLLECTION_LOCKS: "sometimes",
  RECONCILE_MINUTES: "-1",
  GOOGLE_ISSUER: "accounts.google.com",
  GOOGLE_HOSTED_DOMAINS: "Example.com",
  MICROSOFT_ISSUER: "ftp://login.example.com",
  GITHUB_ISSUER: "github.com",
  LOGIN_HINTS: "chatty",
  SIGNUP_ANSWER: "sms",
  SELF_SERVE_ENABLED: "yes",
  SIGNUP_MODE: "ajar",
  TRIAL_DAYS: "0",
  TRIAL_EXTENSION_DAYS_MAX: "-1",
  TRIAL_ABUSE: "sometimes",
  DISPOSABLE_DOMAINS_ALLOW: "*.example.com",
  DISPOSABLE_DOMAINS_DENY: "Example.com",
  INVITE_DAYS: "0",
  VERIFICATION_GRACE_DAYS: "1.5",
  PAST_DUE_GRACE_DAYS: "many",
  ACCESS_MODES: "trial_ended=ajar",
  GUARDS_SHADOW: "maybe",
  ACCESS_TOKEN_SECONDS: "29",
  SESSION_IDLE_DAYS: "0",
  SESSION_MAX_DAYS: "1e3",
  PASSWORD_HASHES_AT_ONCE: "0",
  PASSWORD_QUEUE_MAX: " 5",
  RATE_LIMIT_FACTOR: "-1",
  TRUST_PROXY: "10.0.0.0/8, everyone",
  ALLOWED_ORIGINS: "https://www.example.com/path",
} as const;

test("every wrong value is told at once, by name", () => {
  const problems = problemsOf(wrong);
  expect(names(problems)).toEqual(Object.keys(wrong).sort());
});

test("the list of wrong values knows every variable that can be wrong", () => {
  const pairs = ["GOOGLE", "MICROSOFT", "GITHUB"].flatMap((provider) => [`${provider}_CLIENT_ID`, `${provider}_CLIENT_SECRET`]);
  const anything = ["HOST", "GATEHOUSE_HOME", ...pairs];
  expect([...Object.keys(wrong), ...anything].sort()).toEqual(
    describeConfig()
      .map(({ name }) => name)
      .sort(),
  );
});

test("what is wrong is shown, but never what is secret", () => {
  const text = problemsOf(wrong).join("\n");
  expect(text).toContain('"ajar"');
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain("too-short-a-secret");
});

test("what is missing is told at once, with what it is for", () => {
  expect(names(problemsOf({}))).toEqual(["DATABASE_URL", "GATEHOUSE_SECRET"]);
  expect(names(problemsOf({ NODE_ENV: "production" }))).toEqual(["BASE_URL", "DATABASE_URL", "GATEHOUSE_SECRET"]);
  expect(problemsOf({})[0]).toContain("The role that the server signs in as");
});

test("wrong, missing and contradicting values stand in one list, each once", () => {
  const problems = problemsOf({
    NODE_ENV: "production",
    SANDBOX: "on",
    PORT: "x",
    BASE_URL: "http://app.example.com",
    GATEHOUSE_SECRET: "short",
  });
  expect(names(problems)).toEqual(["BASE_URL", "DATABASE_URL", "GATEHOUSE_SECRET", "PORT", "SANDBOX"]);
});

test.each<[string, Environment, string]>([
  ["the sandbox", { SANDBOX: "on" }, "SANDBOX"],
  ["no rate limits", { RATE_LIMIT_FACTOR: "0" }, "RATE_LIMIT_FACTOR"],
  ["links without TLS", { BASE_URL: "http://app.example.com" }, "BASE_URL"],
  ["links to nowhere", { BASE_URL: "" }, "BASE_URL"],
  ["a short secret", { GATEHOUSE_SECRET: "31 characters are one too few!!" }, "GATEHOUSE_SECRET"],
  ["no secret", { GATEHOUSE_SECRET: "" }, "GATEHOUSE_SECRET"],
  ["no database", { DATABASE_URL: "" }, "DATABASE_URL"],
])("production refuses %s", (_, change, name) => {
  expect(names(problemsOf({ ...production, ...change }))).toEqual([name]);
});

test("production is dark until it is configured, and nobody can register by themself", () => {
  expect(readConfig(production)).toMatchObject({
    production: true,
    sandbox: false,
    smtpUrl: null,
    selfServeEnabled: false,
    logLevel: "info",
    rateLimitFactor: 1,
    trustProxy: [],
    host: "127.0.0.1",
  });
});

test("on a developer's machine the sandbox is on, and its stand-ins fill what is unset", () => {
  const config = readConfig({ PORT: "4100" }, { ...local, SMTP_URL: "smtp://127.0.0.1:2525" });
  expect(config).toMatchObject({
    sandbox: true,
    selfServeEnabled: true,
    baseUrl: "http://127.0.0.1:4100",
    smtpUrl: "smtp://127.0.0.1:2525",
  });
  const own = readConfig({ SMTP_URL: "smtps://mail.example.com" }, { ...local, SMTP_URL: "smtp://127.0.0.1:2525" });
  expect(own.smtpUrl).toBe("smtps://mail.example.com");
});

test("an empty variable is an unset one", () => {
  const empty = Object.fromEntries(describeConfig().map(({ name }) => [name, ""]));
  expect(readConfig({ ...empty, ...local })).toEqual(readConfig(local));
});

test("a database on a socket, which has no host, is taken", () => {
  const DATABASE_URL = "postgresql://server@/gatehouse?host=/run/postgresql";
  expect(readConfig({ ...local, DATABASE_URL })).toMatchObject({
    databaseUrl: DATABASE_URL,
    databaseOwnerUrl: DATABASE_URL,
    databaseDirectUrl: DATABASE_URL,
  });
});

test("a base URL ends without a slash, and an IPv6 address stands in brackets", () => {
  expect(readConfig({ ...production, BASE_URL: "https://app.example.com//" }).baseUrl).toBe("https://app.example.com");
  expect(readConfig({ ...local, HOST: "::1" }).baseUrl).toBe("http://[::1]:4000");
});

test("lists are split at commas", () => {
  const config = readConfig({ ...local, TRUST_PROXY: "10.0.0.0/8, 127.0.0.1,", ALLOWED_ORIGINS: " https://www.example.com " });
  expect(config).toMatchObject({ trustProxy: ["10.0.0.0/8", "127.0.0.1"], allowedOrigins: ["https://www.example.com"] });
});

test.each<[string, string, boolean]>([
  ["TRUST_PROXY", "10.0.0.0/8,192.0.2.1,2001:db8::/32,::1", true],
  ["TRUST_PROXY", "10.0.0.0/33", false],
  ["TRUST_PROXY", "2001:db8::/129", false],
  ["TRUST_PROXY", "true", false],
  ["TRUST_PROXY", "10.0.0/8", false],
  ["TRUST_PROXY", "10.0.0.0/8/8", false],
  ["ALLOWED_ORIGINS", "https://a.example,http://localhost:3000", true],
  ["ALLOWED_ORIGINS", "*", false],
  ["ALLOWED_ORIGINS", "null", false],
  ["ALLOWED_ORIGINS", "https://a.example/", false],
  ["ALLOWED_ORIGINS", "a.example", false],
  ["ALLOWED_ORIGINS", "https://*.example", false],
])("each part of a list is checked: %s=%s", (name, value, isRight) => {
  expect(names(problemsOf({ ...local, [name]: value }))).toEqual(isRight ? [] : [name]);
});

test.each<[string, Environment, object]>([
  ["nothing set", {}, { sandbox: true, database: true, mail: true }],
  ["a database of one's own", { DATABASE_URL: local.DATABASE_URL }, { sandbox: true, database: false, mail: true }],
  ["a mail server of one's own", { SMTP_URL: "smtp://mail" }, { sandbox: true, database: true, mail: false }],
  ["the sandbox off", { ...local, SANDBOX: "off" }, { sandbox: false, database: false, mail: false }],
  ["production", production, { sandbox: false, production: true, database: false, mail: false }],
])("the sandbox plays what is not set: %s", (_, env, parts) => expect(sandboxParts(env)).toMatchObject(parts));

test("the sandbox is not even asked while a value is wrong", () => {
  expect(() => sandboxParts({ PORT: "x" })).toThrow(ConfigError);
});

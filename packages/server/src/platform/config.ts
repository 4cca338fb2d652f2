import { availableParallelism } from "node:os";
import type { AccessMode, GuardName, ShutReason, SignupMode } from "@gatehouse/core";
import { isPlainHttpAbroad, isUnset, missingHalves, oauthOf, type Provided, providerVariables, wrongIssuers } from "./config-providers.ts";
import type { Required, Variable } from "./config-variable.ts";
import { type Values, type VariableName, variables } from "./config-variables.ts";
import type { ProviderSettings } from "./oauth/provider.ts";

export interface Config {
  readonly production: boolean;
  readonly sandbox: boolean;
  readonly host: string;
  readonly port: number;
  readonly baseUrl: string;
  readonly home: string;
  readonly secret: string;
  readonly logLevel: string;
  readonly shutdownSeconds: number;
  readonly trustProxy: readonly string[];
  readonly databaseUrl: string;
  readonly databaseOwnerUrl: string;
  readonly databaseDirectUrl: string;
  readonly databasePoolMax: number;
  readonly databaseWaitSeconds: number;
  /** null: mail is dark */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly supportEmail: string;
  readonly salesEmail: string;
  /** null: billing is dark */
  readonly stripeSecretKey: string | null;
  /** Empty: the receiver of webhooks is dark */
  readonly stripeWebhookSecrets: readonly string[];
  readonly stripeApiBase: string;
  readonly pausedCollectionLocks: boolean;
  readonly reconcileMinutes: number;
  /** By the provider's id; one that is not here is dark */
  readonly oauth: ReadonlyMap<string, ProviderSettings>;
  readonly loginHints: "helpful" | "strict";
  readonly signupAnswer: "session" | "mail";
  readonly selfServeEnabled: boolean;
  readonly signupMode: SignupMode;
  readonly trialDays: number;
  /** All extensions of one trial together. */
  readonly trialExtensionDaysMax: number;
  /** One trial a person and a company; null: a trial for every new account */
  readonly trialAbuse: { readonly disposableAllow: readonly string[]; readonly disposableDeny: readonly string[] } | null;
  readonly inviteDays: number;
  readonly verificationGraceDays: number;
  readonly pastDueGraceDays: number;
  /** Over the default policy */
  readonly accessModes: Partial<Record<ShutReason, AccessMode>>;
  /** Guards that count and refuse nobody */
  readonly guardsShadow: readonly GuardName[];
  readonly accessTokenSeconds: number;
  readonly sessionIdleDays: number;
  readonly sessionMaxDays: number;
  readonly passwordHashesAtOnce: number;
  readonly passwordQueueMax: number;
  readonly rateLimitFactor: number;
  readonly allowedOrigins: readonly string[];
}

type StripeVariable = "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET" | "STRIPE_API_BASE";
type PlayedProvider = "GOOGLE" | "MICROSOFT";
type OauthVariable = `${PlayedProvider}_${"CLIENT_ID" | "CLIENT_SECRET" | "ISSUER"}`;
/** What the sandbox's stand-ins give for variables that are not set. */
export type StandIns = Partial<
  Record<"DATABASE_URL" | "DATABASE_OWNER_URL" | "GATEHOUSE_SECRET" | "SMTP_URL" | StripeVariable | OauthVariable, string>
>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every wrong or missing variable at once, by name; values of secrets are never said. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration is not right:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** The environment of the process. Nothing else in the server reads it. */
export const processEnvironment = (): Environment => process.env;

/** What the stand-ins will give, named before they are started, so that everything else can be checked first. */
export const PLAYED: StandIns = {
  DATABASE_URL: "postgresql://sandbox@localhost/sandbox",
  GATEHOUSE_SECRET: "x".repeat(32),
  SMTP_URL: "smtp://localhost",
  STRIPE_SECRET_KEY: "sk_test_played",
  STRIPE_WEBHOOK_SECRET: "whsec_played",
  STRIPE_API_BASE: "http://127.0.0.1",
  GOOGLE_CLIENT_ID: "played",
  GOOGLE_CLIENT_SECRET: "played",
  GOOGLE_ISSUER: "http://127.0.0.1",
  MICROSOFT_CLIENT_ID: "played",
  MICROSOFT_CLIENT_SECRET: "played",
  MICROSOFT_ISSUER: "http://127.0.0.1",
};

/**
 * Which parts the sandbox must play: those whose variables are unset. Everything is checked here, so that nothing is started for a
 * configuration that is refused later.
 * @throws ConfigError naming every problem
 */
export function sandboxParts(env: Environment): {
  sandbox: boolean;
  production: boolean;
  database: boolean;
  mail: boolean;
  stripe: boolean;
  google: boolean;
  microsoft: boolean;
  home: string;
  host: string;
  port: number;
  baseUrl: string;
  /** Where programs of this machine reach the server: BASE_URL may be a name that only browsers know. */
  origin: string;
} {
  const { values, provided } = readAll(env);
  const production = values.NODE_ENV === "production";
  const sandbox = isSandbox(values);
  readConfig(env, sandbox && !production ? PLAYED : {});
  const unset = (name: VariableName): boolean => sandbox && values[name] === null;
  return {
    sandbox,
    production,
    database: unset("DATABASE_URL"),
    mail: unset("SMTP_URL"),
    // A real key with a stand-in's webhooks, or the other way round, would be half a Stripe.
    stripe: unset("STRIPE_SECRET_KEY") && unset("STRIPE_WEBHOOK_SECRET"),
    google: sandbox && isUnset(provided, "google"),
    microsoft: sandbox && isUnset(provided, "microsoft"),
    home: values.GATEHOUSE_HOME,
    host: values.HOST,
    port: values.PORT,
    baseUrl: baseUrlOf(values),
    origin: addressOf(/^(0\.0\.0\.0|::)$/.test(values.HOST) ? "127.0.0.1" : values.HOST, values.PORT),
  };
}

/** @throws ConfigError naming every problem */
export function readConfig(env: Environment, standIns: StandIns = {}): Config {
  const { values, provided, problems } = readAll({ ...standIns, ...withoutEmpty(env) });
  problems.push(...contradictions(values), ...wrongIssuers(values.NODE_ENV, provided));
  const need = (name: VariableName): string => {
    const value = values[name];
    if (typeof value === "string") return value;
    if (!problems.some((problem) => problem.startsWith(`${name}:`))) problems.push(`${name}: is missing (${variables[name].description})`);
    return "";
  };
  const databaseUrl = need("DATABASE_URL");
  const secret = need("GATEHOUSE_SECRET");
  if (values.NODE_ENV === "production") need("BASE_URL");
  if (problems.length > 0) throw new ConfigError(problems);
  return assemble(values, provided, databaseUrl, secret);
}

function assemble(values: Values, provided: Provided, databaseUrl: string, secret: string): Config {
  const sandbox = isSandbox(values);
  return {
    production: values.NODE_ENV === "production",
    sandbox,
    host: values.HOST,
    port: values.PORT,
    baseUrl: baseUrlOf(values),
    home: values.GATEHOUSE_HOME,
    secret,
    logLevel: values.LOG_LEVEL ?? (sandbox ? "warn" : "info"),
    shutdownSeconds: values.SHUTDOWN_SECONDS,
    trustProxy: values.TRUST_PROXY ?? [],
    databaseUrl,
    databaseOwnerUrl: values.DATABASE_OWNER_URL ?? databaseUrl,
    databaseDirectUrl: values.DATABASE_DIRECT_URL ?? databaseUrl,
    databasePoolMax: values.DATABASE_POOL_MAX,
    databaseWaitSeconds: values.DATABASE_WAIT_SECONDS,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    supportEmail: values.SUPPORT_EMAIL,
    salesEmail: values.SALES_EMAIL ?? values.SUPPORT_EMAIL,
    stripeSecretKey: values.STRIPE_SECRET_KEY,
    stripeWebhookSecrets: values.STRIPE_WEBHOOK_SECRET ?? [],
    stripeApiBase: values.STRIPE_API_BASE.replace(/\/+$/, ""),
    pausedCollectionLocks: values.PAUSED_COLLECTION_LOCKS,
    reconcileMinutes: values.RECONCILE_MINUTES,
    oauth: oauthOf(provided, values.GOOGLE_HOSTED_DOMAINS),
    loginHints: values.LOGIN_HINTS,
    signupAnswer: values.SIGNUP_ANSWER,
    selfServeEnabled: values.SELF_SERVE_ENABLED ?? sandbox,
    signupMode: values.SIGNUP_MODE,
    trialDays: values.TRIAL_DAYS,
    trialExtensionDaysMax: values.TRIAL_EXTENSION_DAYS_MAX,
    trialAbuse: trialAbuseOf(values),
    inviteDays: values.INVITE_DAYS,
    verificationGraceDays: values.VERIFICATION_GRACE_DAYS,
    pastDueGraceDays: values.PAST_DUE_GRACE_DAYS,
    accessModes: values.ACCESS_MODES,
    guardsShadow: values.GUARDS_SHADOW,
    accessTokenSeconds: values.ACCESS_TOKEN_SECONDS,
    sessionIdleDays: values.SESSION_IDLE_DAYS,
    sessionMaxDays: values.SESSION_MAX_DAYS,
    passwordHashesAtOnce: values.PASSWORD_HASHES_AT_ONCE ?? availableParallelism(),
    passwordQueueMax: values.PASSWORD_QUEUE_MAX,
    rateLimitFactor: values.RATE_LIMIT_FACTOR,
    allowedOrigins: values.ALLOWED_ORIGINS,
  };
}

function trialAbuseOf({ TRIAL_ABUSE, DISPOSABLE_DOMAINS_ALLOW, DISPOSABLE_DOMAINS_DENY }: Values): Config["trialAbuse"] {
  return TRIAL_ABUSE === "on" ? { disposableAllow: DISPOSABLE_DOMAINS_ALLOW, disposableDeny: DISPOSABLE_DOMAINS_DENY } : null;
}

function baseUrlOf({ BASE_URL, HOST, PORT }: Values): string {
  return (BASE_URL ?? addressOf(HOST, PORT)).replace(/\/+$/, "");
}
const addressOf = (host: string, port: number): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;

const isSandbox = (values: Values): boolean => (values.SANDBOX ?? (values.NODE_ENV === "production" ? "off" : "on")) === "on";

/** What no single value can show. */
function contradictions(values: Values): string[] {
  const problems: string[] = [];
  if (isPlainHttpAbroad(values.NODE_ENV, values.STRIPE_API_BASE))
    problems.push("STRIPE_API_BASE: must be https, except on loopback outside production");
  if (values.NODE_ENV !== "production") return problems;
  if (values.SANDBOX === "on") problems.push("SANDBOX: must not be on in production");
  if (values.RATE_LIMIT_FACTOR === 0) problems.push("RATE_LIMIT_FACTOR: must not be 0 in production");
  if (values.BASE_URL?.startsWith("http:")) problems.push("BASE_URL: must be https in production");
  return problems;
}

const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));

function readAll(env: Environment): { values: Values; provided: Provided; problems: string[] } {
  const { values, problems } = readVariables(env, variables);
  const ofProviders = readVariables(env, providerVariables);
  const provided = new Map(
    Object.entries(ofProviders.values).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
  return { values: values as Values, provided, problems: [...problems, ...ofProviders.problems] };
}

function readVariables(env: Environment, described: Readonly<Record<string, Variable<unknown>>>) {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(described)) {
    const given = env[name] === "" ? undefined : env[name];
    const written = given ?? variable.default;
    const read = written === null ? null : variable.read.safeParse(written);
    if (read === null || read.success) values[name] = read?.data ?? null;
    else {
      const shown = variable.secret ? "" : `, not ${JSON.stringify(written).slice(0, 80)}`;
      problems.push(`${name}: ${read.error.issues[0]?.message ?? "is wrong"}${shown}`);
      values[name] = variable.default === null ? null : (variable.read.safeParse(variable.default).data ?? null);
    }
  }
  return { values, problems };
}

/** What is begun and not finished stays dark, and is said at the start. @returns a sentence for each */
export const halfConfigured = (env: Environment): string[] => missingHalves(readAll(env).provided);

/** What there is to configure: `.env.example` and `gatehouse config check` are made from it. */
export function describeConfig(): {
  name: string;
  description: string;
  default: string | null;
  example?: string;
  secret: boolean;
  section: string;
  required: Required;
}[] {
  return Object.entries<Variable<unknown>>({ ...variables, ...providerVariables }).map(
    ([name, { description, default: value, example, secret, section, required }]) => ({
      name,
      description,
      default: value,
      ...(example === undefined ? {} : { example }),
      secret: secret ?? false,
      section,
      required: required ?? "never",
    }),
  );
}

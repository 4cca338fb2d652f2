import { SIGNUP_MODES } from "@gatehouse/core";
import { z } from "zod";
import { accessVariables } from "./config-access.ts";
import { trialVariables } from "./config-trials.ts";
import { flag, isNetwork, isOrigin, list, oneOf, postgresUrl, text, url, type Variable, variable, whole } from "./config-variable.ts";

/** Every variable of the environment that the server reads: nothing else is. */
export const variables = {
  NODE_ENV: variable({
    section: "Process",
    description: "production refuses everything that belongs to the sandbox",
    default: "development",
    read: oneOf(["development", "test", "production"]),
  }),
  SANDBOX: variable({
    section: "Process",
    description: "on: what is not configured is played by stand-ins on this machine. off (the default in production): it is dark",
    default: null,
    example: "off",
    read: oneOf(["on", "off"]),
  }),
  PORT: variable({ section: "Process", description: "Port of the API and the pages", default: "4000", read: whole(0, 65535) }),
  HOST: variable({ section: "Process", description: "Address to listen on", default: "127.0.0.1", read: text }),
  BASE_URL: variable({
    section: "Process",
    description: "Where people reach the product; every link in a mail begins with it",
    required: "production",
    default: null,
    example: "https://app.example.com",
    read: url(["http:", "https:"]),
  }),
  GATEHOUSE_HOME: variable({ section: "Process", description: "Folder of the sandbox's data", default: ".gatehouse", read: text }),
  GATEHOUSE_SECRET: variable({
    section: "Process",
    description: "The one secret that all others are derived from, 32 characters or more; changing it ends every session and link",
    secret: true,
    required: "production",
    default: null,
    read: z.string().min(32, "must have 32 characters or more"),
  }),
  LOG_LEVEL: variable({
    section: "Process",
    description: "From which level on lines are written. Default: warn in the sandbox, else info",
    default: null,
    example: "info",
    read: oneOf(["debug", "info", "warn", "error", "fatal", "silent"]),
  }),
  SHUTDOWN_SECONDS: variable({
    section: "Process",
    description: "How long requests and jobs under way may take to end",
    default: "10",
    read: whole(0, 300),
  }),
  TRUST_PROXY: variable({
    section: "Process",
    description: "Proxies whose X-Forwarded-For is believed: addresses or networks, comma separated. Unset: none",
    default: null,
    example: "10.0.0.0/8",
    read: list(isNetwork, "must be addresses or networks such as 10.0.0.0/8"),
  }),

  DATABASE_URL: variable({
    section: "Database",
    description: "The role that the server signs in as; it must own nothing",
    secret: true,
    required: "production",
    default: null,
    example: "postgresql://gatehouse_server:password@db.internal:5432/gatehouse",
    read: postgresUrl,
  }),
  DATABASE_OWNER_URL: variable({
    section: "Database",
    description: "The role that owns the schema, for `gatehouse migrate`; the server itself does not need it",
    secret: true,
    default: null,
    example: "postgresql://gatehouse_owner:password@db.internal:5432/gatehouse",
    read: postgresUrl,
  }),
  DATABASE_DIRECT_URL: variable({
    section: "Database",
    description: "The server's role past a pooler, for LISTEN and the queue; default: DATABASE_URL",
    secret: true,
    default: null,
    read: postgresUrl,
  }),
  DATABASE_POOL_MAX: variable({
    section: "Database",
    description: "Connections a process holds for requests and jobs",
    default: "10",
    read: whole(1, 200),
  }),
  DATABASE_WAIT_SECONDS: variable({
    section: "Database",
    description: "How long a request waits for one of them before it answers 503 database_unavailable",
    default: "3",
    read: whole(1, 60),
  }),

  SMTP_URL: variable({
    section: "Mail",
    description: "Where mail is handed over. Unset: mail is dark, and its jobs wait",
    secret: true,
    default: null,
    example: "smtps://user:password@smtp.example.com:465",
    read: url(["smtp:", "smtps:"]),
  }),
  MAIL_FROM: variable({
    section: "Mail",
    description: "The sender's address",
    default: "Gatehouse <no-reply@localhost>",
    example: "Product <no-reply@example.com>",
    read: z.string().regex(/^[^\r\n]+$/, "must be one line"),
  }),
  SUPPORT_EMAIL: variable({
    section: "Mail",
    description: "Where refusals without another way out send people",
    default: "support@example.com",
    example: "support@your-domain.com",
    read: z.email(),
  }),
  SALES_EMAIL: variable({
    section: "Mail",
    description: "Who is told when somebody writes to sales. Default: SUPPORT_EMAIL",
    default: null,
    example: "sales@your-domain.com",
    read: z.email(),
  }),

  STRIPE_SECRET_KEY: variable({
    section: "Billing",
    description: "Secret or restricted key of your Stripe account. Unset: billing is dark, and the rest works",
    secret: true,
    default: null,
    example: "sk_test_...",
    read: z.string().regex(/^(sk|rk)_(test|live)_\S+$/, "must begin with sk_test_, sk_live_, rk_test_ or rk_live_"),
  }),
  STRIPE_WEBHOOK_SECRET: variable({
    section: "Billing",
    description:
      "Signing secrets of the endpoint BASE_URL/api/v1/webhooks/stripe, comma separated while one replaces another. Unset: events are answered 503",
    secret: true,
    default: null,
    example: "whsec_...",
    read: list((part) => /^whsec_\S+$/.test(part), "must begin with whsec_").refine((parts) => parts.length > 0, "must have a secret"),
  }),
  STRIPE_API_BASE: variable({
    section: "Billing",
    description: "Where Stripe's API answers; http only on loopback and outside production",
    default: "https://api.stripe.com",
    read: url(["https:", "http:"]),
  }),
  PAUSED_COLLECTION_LOCKS: variable({
    section: "Billing",
    description:
      "true: a subscription whose collection was paused at Stripe opens nothing. Default: it stays as it was, shown as paused payments",
    default: "false",
    read: flag,
  }),
  RECONCILE_MINUTES: variable({
    section: "Billing",
    description:
      "How often Stripe is asked for events that never came; every subscription is compared once a day. 0: only by gatehouse billing reconcile",
    default: "15",
    read: whole(0, 1440),
  }),

  GOOGLE_HOSTED_DOMAINS: variable({
    section: "Sign-in with providers",
    description: "Only people of these Google Workspace domains may sign in with Google, comma separated. Default: everybody",
    default: "",
    example: "example.com",
    read: list((part) => /^[a-z0-9.-]+$/.test(part), "must be domains in lower case such as example.com"),
  }),
  LOGIN_HINTS: variable({
    section: "Sign-in with providers",
    description:
      "helpful: a password tried for a user who has none is answered with the providers to use. strict: as any wrong password, and only mail tells",
    default: "helpful",
    read: oneOf(["helpful", "strict"]),
  }),

  SIGNUP_ANSWER: variable({
    section: "Sign-up",
    description:
      "session: whoever registers is signed in at once, and a taken address is said. mail: everyone gets the same answer, and goes on by the mail's link",
    default: "session",
    read: oneOf(["session", "mail"]),
  }),
  SELF_SERVE_ENABLED: variable({
    section: "Sign-up",
    description: "false caps every mode at invite-only. Default: true in the sandbox, else false",
    default: null,
    example: "true",
    read: flag,
  }),
  SIGNUP_MODE: variable({
    section: "Sign-up",
    description: "Who may register; `gatehouse settings set signup_mode` overrides it at run time",
    default: "open",
    read: oneOf(SIGNUP_MODES),
  }),
  TRIAL_DAYS: variable({ section: "Sign-up", description: "Length of a new account's trial", default: "14", read: whole(1, 365) }),
  ...trialVariables,
  TRIAL_EXTENSION_DAYS_MAX: variable({
    section: "Sign-up",
    description: "By how many days operators may extend one trial, all extensions together; 0: not at all",
    default: "30",
    read: whole(0, 3650),
  }),
  INVITE_DAYS: variable({
    section: "Sign-up",
    description: "Days that an invite can be accepted; sending it again starts them anew",
    default: "7",
    read: whole(1, 365),
  }),
  VERIFICATION_GRACE_DAYS: variable({
    section: "Sign-up",
    description: "Days that the product may be used with an unverified address",
    default: "7",
    read: whole(0, 365),
  }),
  PAST_DUE_GRACE_DAYS: variable({
    section: "Sign-up",
    description: "Days that a plan stays open after the first failed payment",
    default: "14",
    read: whole(0, 365),
  }),
  ...accessVariables,

  ACCESS_TOKEN_SECONDS: variable({ section: "Sessions", description: "Life of an access token", default: "600", read: whole(30, 3600) }),
  SESSION_IDLE_DAYS: variable({
    section: "Sessions",
    description: "A session that was not refreshed for so long has ended",
    default: "30",
    read: whole(1, 365),
  }),
  SESSION_MAX_DAYS: variable({ section: "Sessions", description: "No session lives longer", default: "90", read: whole(1, 3650) }),
  PASSWORD_HASHES_AT_ONCE: variable({
    section: "Sessions",
    description: "argon2id runs at once; default: the machine's cores",
    default: null,
    example: "2",
    read: whole(1, 256),
  }),
  PASSWORD_QUEUE_MAX: variable({
    section: "Sessions",
    description: "Sign-ins that may wait for a hash; the next ones are answered 503",
    default: "64",
    read: whole(0, 10_000),
  }),
  RATE_LIMIT_FACTOR: variable({
    section: "Sessions",
    description: "Multiplies every rate limit; 0 switches them off and is refused in production",
    default: "1",
    read: z
      .string()
      .regex(/^\d+(\.\d+)?$/, "must be a number, zero or more")
      .transform(Number),
  }),
  ALLOWED_ORIGINS: variable({
    section: "Sessions",
    description: "Other origins whose pages may call with cookies, comma separated; BASE_URL always may",
    default: "",
    example: "https://www.example.com",
    read: list(isOrigin, "must be origins such as https://www.example.com, without a path"),
  }),
} as const;

export type VariableName = keyof typeof variables;
export type Values = {
  [N in VariableName]: (typeof variables)[N] extends Variable<infer T>
    ? T | ((typeof variables)[N]["default"] extends null ? null : never)
    : never;
};

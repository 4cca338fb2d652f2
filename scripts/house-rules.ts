/** The house of ARCHITECTURE.md as tables: who may import whom, and what is said only in one place. `house.ts` holds the files to it. */

const ground = ["core", "contract", "platform"];
const siblings = ["identity", "accounts", "billing", "sales", "waitlist"];
const serverRooms = ["platform", "mail", "pages", "access", ...siblings, "journeys", "admin", "commands", "server"];
const packageRooms = ["core", "contract", "client", "sandbox", "testkit", ...serverRooms];

/**
 * Room -> rooms of ours that it may import; "all" is everything. `server` is what stands directly in packages/server/src (server.ts, cli.ts),
 * `commands` the commands of the command line, `pages` the few that the API serves itself: the links of the mails.
 * A room that is not here is a breach, so that a new one is placed knowingly.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[] | "all">> = {
  core: [],
  contract: ["core"],
  client: ["core", "contract"],
  sandbox: [],
  testkit: packageRooms,
  platform: ["core", "contract"],
  mail: ground,
  pages: [...ground, "mail"],
  access: ground,
  identity: [...ground, "mail", "access"],
  accounts: [...ground, "mail", "access"],
  billing: [...ground, "mail", "access"],
  sales: [...ground, "mail", "access"],
  waitlist: [...ground, "mail", "access"],
  journeys: [...ground, "mail", "access", ...siblings],
  admin: [...ground, "mail", "access", ...siblings, "journeys"],
  commands: [...serverRooms, "core", "contract"],
  server: [...serverRooms, "core", "contract"],
  api: ["core", "contract", "client", "sandbox", "server", "commands", "platform", "access"],
  web: ["core", "contract", "client"],
  tests: "all",
  bench: "all",
  scripts: "all",
};

/** Tests beside the code may use the testkit and, with it, all below apps. Only core's tests stay as pure as core. */
export const TEST_MAY_IMPORT = packageRooms;

/** Packages from outside that a room may import; a room that is not here may import what its package.json names. */
export const OUTSIDE: Readonly<Record<string, RegExp>> = {
  core: /^$/,
  contract: /^zod(\/|$)/,
  // It also runs in browsers.
  client: /^(?!node:)/,
};

/** Outside packages that one place speaks to, and everything else through it. */
export const ADAPTERS: readonly { name: RegExp; where: RegExp; why: string }[] = [
  { name: /^stripe(\/|$)/, where: /\/platform\/stripe[\w-]*\.ts$/, why: "ask the Stripe adapter (platform/stripe.ts)" },
  { name: /^openid-client(\/|$)/, where: /\/platform\/oauth\/[\w-]+\.ts$/, why: "ask the OAuth adapter (platform/oauth/oauth.ts)" },
  { name: /^nodemailer(\/|$)/, where: /\/platform\/mail[\w-]*\.ts$/, why: "ask the mail adapter (platform/mail.ts)" },
  { name: /^pg(\/|$)/, where: /\/platform\/[\w-]+\.ts$/, why: "ask the database (platform/db.ts)" },
  { name: /^zip-stream(\/|$)/, where: /\/platform\/zip\.ts$/, why: "ask the ZIP adapter (platform/zip.ts)" },
  {
    name: /^@openfeature\//,
    where: /\/access\/open-feature\.ts$/,
    why: "ask the guard or the gate; OpenFeature is for others (access/open-feature.ts)",
  },
  { name: /^pg-boss(\/|$)/, where: /\/platform\/jobs[\w-]*\.ts$/, why: "ask the jobs (platform/jobs.ts)" },
];

/** Where an outside package may be spoken to besides its adapter: stand-ins, tests, measurements. */
export const OUTSIDE_THE_SERVER = /^(packages\/(testkit|sandbox)|tests|bench|scripts)\/|\.test\.tsx?$/;

export interface Phrase {
  /** Asked of code without strings and comments; with `inStrings`, of code and strings. */
  readonly what: RegExp;
  readonly inStrings?: true;
  /** Files to which the rule applies; absent: all. */
  readonly among?: RegExp;
  /** Files that may say it. */
  readonly where: RegExp;
  readonly why: string;
}

/** The files in which the whole database may be read without an account being named (design, mechanism 5). Each must exist. */
export const AS_SYSTEM: readonly string[] = [
  "packages/server/src/admin/lead-routes.ts",
  "packages/server/src/admin/waitlist-routes.ts",
  "packages/server/src/access/facts-cache.ts",
  "packages/server/src/access/flush-shadow.ts",
  "packages/server/src/access/record-versions.ts",
  "packages/server/src/journeys/deletion-jobs.ts",
  "packages/server/src/journeys/erase-account.ts",
  "packages/server/src/journeys/account-routes.ts",
  "packages/server/src/journeys/accept-invite.ts",
  "packages/server/src/accounts/invite-routes.ts",
  "packages/server/src/accounts/member-mail-jobs.ts",
  "packages/server/src/admin/account-routes.ts",
  "packages/server/src/admin/people-routes.ts",
  "packages/server/src/admin/work-routes.ts",
  "packages/server/src/billing/receive-event.ts",
  "packages/server/src/billing/apply-event.ts",
  "packages/server/src/billing/begin-reconciliation.ts",
  "packages/server/src/billing/billing-status.ts",
  "packages/server/src/billing/cancel-duplicate.ts",
  "packages/server/src/billing/claim-cards.ts",
  "packages/server/src/billing/claim-past-cards.ts",
  "packages/server/src/billing/catalogue-at-stripe.ts",
  "packages/server/src/billing/preview-reconciliation.ts",
  "packages/server/src/billing/rebuild.ts",
  "packages/server/src/billing/reconcile.ts",
  "packages/server/src/billing/reconcile-page.ts",
  "packages/server/src/billing/refresh-account.ts",
  "packages/server/src/billing/refunds.ts",
  "packages/server/src/billing/replay-event.ts",
  "packages/server/src/billing/run-reconciliation.ts",
  "packages/server/src/journeys/survey-effects.ts",
  "packages/server/src/billing/plan-routes.ts",
  "packages/server/src/admin/catalogue-routes.ts",
  "packages/server/src/admin/override-routes.ts",
  "packages/server/src/admin/trial-routes.ts",
  "packages/server/src/commands/access-explain.ts",
  "packages/server/src/commands/access-shadow.ts",
  "packages/server/src/commands/account-gifts.ts",
  "packages/server/src/commands/account-restore.ts",
  "packages/server/src/commands/account-settings.ts",
  "packages/server/src/commands/accounts.ts",
  "packages/server/src/commands/catalogue.ts",
  "packages/server/src/commands/cutover-undo.ts",
  "packages/server/src/commands/identity.ts",
  "packages/server/src/commands/impersonations.ts",
  "packages/server/src/commands/leads.ts",
  "packages/server/src/commands/leads-convert.ts",
  "packages/server/src/commands/leads-invitation.ts",
  "packages/server/src/commands/migrate.ts",
  "packages/server/src/commands/operator.ts",
  "packages/server/src/commands/plans.ts",
  "packages/server/src/commands/settings.ts",
  "packages/server/src/commands/trials.ts",
  "packages/server/src/commands/users.ts",
  "packages/server/src/commands/work.ts",
  "packages/server/src/identity/change-password.ts",
  "packages/server/src/identity/end-session.ts",
  "packages/server/src/identity/confirm-person.ts",
  "packages/server/src/identity/oauth-routes.ts",
  "packages/server/src/identity/login.ts",
  "packages/server/src/identity/mail-jobs.ts",
  "packages/server/src/identity/refresh.ts",
  "packages/server/src/identity/request-mail.ts",
  "packages/server/src/identity/routes.ts",
  "packages/server/src/identity/verify-email.ts",
  "packages/server/src/journeys/confirm-email.ts",
  "packages/server/src/journeys/cut-over.ts",
  "packages/server/src/journeys/hold-cutover.ts",
  "packages/server/src/journeys/preview-cutover.ts",
  "packages/server/src/journeys/rehearse-access.ts",
  "packages/server/src/journeys/remember-trials.ts",
  "packages/server/src/journeys/undo-cutover.ts",
  "packages/server/src/journeys/finish-oauth.ts",
  "packages/server/src/journeys/onboarding-routes.ts",
  "packages/server/src/journeys/register.ts",
  "packages/server/src/journeys/reset-password.ts",
  "packages/server/src/journeys/routes.ts",
  "packages/server/src/platform/clock-offset.ts",
  "packages/server/src/platform/health.ts",
  "packages/server/src/platform/rate-limit.ts",
  "packages/server/src/platform/signing-keys.ts",
  "packages/server/src/sales/export-leads.ts",
  "packages/server/src/sales/mail-jobs.ts",
  "packages/server/src/sales/take-lead.ts",
  "packages/server/src/sweeps.ts",
  "packages/server/src/commands/waitlist.ts",
  "packages/server/src/waitlist/join-waitlist.ts",
  "packages/server/src/waitlist/leave-waitlist.ts",
  "packages/server/src/waitlist/routes.ts",
  "packages/server/src/waitlist/waitlist-mail-jobs.ts",
];

const nowhere = /^$/;

export const PHRASES: readonly Phrase[] = [
  {
    what: /\bnew Date\(\s*\)|\bDate\.now\b|\bTemporal\.Now\b/,
    where: /\/platform\/clock(\.test)?\.ts$|^(bench|scripts)\//,
    why: "ask the clock",
  },
  {
    what: /\bMath\.random\b|\brandom(UUID|UUIDv7|Bytes|Int|Fill|FillSync)\b|\bgetRandomValues\b/,
    // The sandbox imports none of ours, and its secret is made before there are ids.
    where: /\/platform\/ids(\.test)?\.ts$|^packages\/sandbox\/src\/secret\.ts$|^(bench|scripts)\//,
    why: "ask ids for what is random",
  },
  {
    what: /\bprocess\s*(\?\.|\.|\[\s*["'])\s*env\b|\benv\b[^;=]*\}\s*=\s*process\b/,
    where: /\/platform\/config\.ts$|^packages\/testkit\/|^(bench|scripts|tests)\//,
    why: "ask config, not the environment",
  },
  {
    what: /\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(|\bsql(\.raw|\.table|\.ref|<[^`;]*>)?\s*[`(]/,
    where: /\.store\.tsx?$|\/platform\/|^packages\/testkit\/|^(tests|bench|scripts)\/|\.test\.tsx?$/,
    why: "SQL lives in a store",
  },
  {
    what: /\basSystem\b\s*(<[^()]*>)?\(|\btransactAsSystem\b\s*(<[^()]*>)?\(/,
    where: /\/platform\/(db|serve)\.ts$|^packages\/testkit\/|^(tests|bench|scripts)\/|\.test\.tsx?$/,
    why: "asSystem( only in the files of AS_SYSTEM (scripts/house-rules.ts)",
  },
  {
    what: /(?<![.\w])(process|Buffer|console|fetch|setTimeout|setInterval|require)\b/,
    among: /^packages\/core\//,
    where: nowhere,
    why: "core is pure",
  },
  {
    what: /resolutionflow/i,
    inStrings: true,
    among: /^packages\//,
    where: nowhere,
    why: "packages know no product: a parameter, not its name",
  },
  {
    what: /\bselect\s+\*|\breturning\s+\*|\.selectAll\(|\.returningAll\(/i,
    inStrings: true,
    where: nowhere,
    why: "name the columns: a new one breaks named statements",
  },
  {
    what: /\.(skip|only|todo)\b\s*[(.`]|\b[xf](it|describe|test)\(/,
    among: /\.test\.tsx?$/,
    where: nowhere,
    why: "a skipped or focused test",
  },
];

/** Asked of the raw text: these are comments. */
export const SILENCED = /@ts-(ignore|expect-error|nocheck)|biome-ignore|oxlint-disable|eslint-disable/;

/** They hold what they forbid, as text. */
export const ABOUT_THE_HOUSE = /^scripts\/house(-rules|\.test)?\.ts$/;
export const VAGUE = /(^|\/)(utils?|helpers?|common|shared|misc|types|interfaces)(\.tsx?$|\/)/;
/** A package may have one, at its root; within, it hides who imports whom. */
export const INNER_BARREL = /^packages\/[^/]+\/src\/.+\/index\.tsx?$/;
export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 60;

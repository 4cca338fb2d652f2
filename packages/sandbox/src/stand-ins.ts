import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Mailbox, startMailbox } from "./mailbox.ts";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";
import type { IdentityProviders } from "./providers/identity-providers.ts";
import { ensureSandboxDatabase } from "./sandbox-database.ts";
import { sandboxSecret } from "./secret.ts";
import type { StripeStandIn } from "./stripe/stand-in.ts";

export interface StandInOptions {
  readonly home: string;
  readonly uid: number;
  /** Which parts are to be played; the others are real. */
  readonly parts: Readonly<Record<"database" | "mail" | "stripe" | "google" | "microsoft", boolean>>;
  /** false: another process of this sandbox has the mailbox and Stripe, and their addresses are asked for. */
  readonly holdsMailbox: boolean;
  /** Where a browser reaches the server, without a slash at the end; null: Stripe serves its pages itself. */
  readonly baseUrl: string | null;
  /** Where programs of this machine reach it; null: nobody serves, and there are no sign-in providers. */
  readonly origin: string | null;
  readonly clock: { now(): Date; wall?(): Date };
  log(line: string): void;
}
export interface StandIns {
  /** What the stand-ins give for variables that are not set. */
  readonly variables: Readonly<Record<string, string>>;
  /** null: mail is real, or another process has it. */
  readonly mailbox: Mailbox | null;
  /** null: Stripe is real, or another process has it. */
  readonly stripe: StripeStandIn | null;
  /** null: they are real or dark, or another process has them. */
  readonly providers: IdentityProviders | null;
  stop(): Promise<void>;
}

const MAILBOX_ADDRESS = "mailbox-url";

const STRIPE_ADDRESS = "stripe.json";
const PROVIDERS_ADDRESS = "providers.json";

/** Starts what plays the outside: an embedded PostgreSQL, a mailbox, a Stripe, a Google and a Microsoft. */
export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  await mkdir(options.home, { recursive: true });
  const secret = await sandboxSecret(options.home);
  const variables: Record<string, string> = { GATEHOUSE_SECRET: secret };
  let postgres: EmbeddedPostgres | null = null;
  let mailbox: Mailbox | null = null;
  let stripe: StripeStandIn | null = null;
  let providers: IdentityProviders | null = null;
  const stop = async (): Promise<void> => {
    await stripe?.stop();
    await mailbox?.stop();
    await postgres?.stop();
  };
  try {
    if (options.parts.database) {
      postgres = await startPostgres({ home: options.home, uid: options.uid, log: options.log });
      const { ownerUrl, serverUrl } = await ensureSandboxDatabase(postgres);
      Object.assign(variables, { DATABASE_URL: serverUrl, DATABASE_OWNER_URL: ownerUrl });
    }
    if (options.parts.mail) {
      if (options.holdsMailbox) {
        mailbox = await startMailbox({ home: options.home, port: 0, clock: options.clock });
        await writeFile(join(options.home, MAILBOX_ADDRESS), mailbox.smtpUrl);
      }
      variables["SMTP_URL"] = mailbox?.smtpUrl ?? (await mailboxOfOther(options.home));
    }
    if (options.parts.stripe) {
      if (options.holdsMailbox) stripe = await startOwnStripe(options, secret);
      Object.assign(variables, stripe ? stripeVariables(stripe) : await writtenBy(options.home, STRIPE_ADDRESS, "Stripe belongs"));
    }
    if (options.parts.google || options.parts.microsoft) {
      if (options.holdsMailbox) providers = await openOwnProviders(options, secret);
      Object.assign(variables, providers?.variables ?? (await writtenBy(options.home, PROVIDERS_ADDRESS, "sign-in providers belong")));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { variables, mailbox, stripe, providers, stop };
}

async function startOwnStripe({ home, baseUrl, clock }: StandInOptions, secret: string): Promise<StripeStandIn> {
  const pagesUrl = baseUrl === null ? null : `${baseUrl}/sandbox/stripe`;
  const { startStripe } = await import("./stripe/stripe.ts");
  const stripe = await startStripe({ home: join(home, "stripe"), port: 0, clock, secret, pagesUrl });
  // It holds keys: of this sandbox only, and yet nobody else's to read.
  await writeFile(join(home, STRIPE_ADDRESS), JSON.stringify(stripeVariables(stripe)), { mode: 0o600 });
  return stripe;
}

async function openOwnProviders({ home, parts, origin, baseUrl, log }: StandInOptions, secret: string): Promise<IdentityProviders | null> {
  if (origin === null || baseUrl === null) return null;
  const { openIdentityProviders } = await import("./providers/identity-providers.ts");
  const providers = await openIdentityProviders({ parts, secret, origin, baseUrl, log });
  await writeFile(join(home, PROVIDERS_ADDRESS), JSON.stringify(providers.variables), { mode: 0o600 });
  return providers;
}

const stripeVariables = (stripe: StripeStandIn): Record<StripeVariable, string> => ({
  STRIPE_API_BASE: stripe.apiBase,
  STRIPE_SECRET_KEY: stripe.secretKey,
  STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
});
type StripeVariable = "STRIPE_API_BASE" | "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET";

/** What the process that serves has written down for the others. */
async function writtenBy(home: string, file: string, what: string): Promise<Record<string, string>> {
  try {
    const written: unknown = JSON.parse(await readFile(join(home, file), "utf8"));
    if (typeof written !== "object" || written === null) throw new Error(`${file} is not an object`);
    return Object.fromEntries(Object.entries(written).map(([name, value]) => [name, String(value)]));
  } catch {
    throw new Error(
      `The sandbox's ${what} to the process that serves the API: start that one first (npm start, or gatehouse serve --role api)`,
    );
  }
}

async function mailboxOfOther(home: string): Promise<string> {
  try {
    return await readFile(join(home, MAILBOX_ADDRESS), "utf8");
  } catch {
    throw new Error(
      "The sandbox's mailbox belongs to the process that serves the API: start that one first (npm start, or gatehouse serve --role api)",
    );
  }
}

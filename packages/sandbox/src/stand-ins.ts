import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Mailbox, startMailbox } from "./mailbox.ts";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";
import { ensureSandboxDatabase } from "./sandbox-database.ts";
import { sandboxSecret } from "./secret.ts";

export interface StandInOptions {
  readonly home: string;
  readonly uid: number;
  /** Which parts are to be played; the others are real. */
  readonly parts: { readonly database: boolean; readonly mail: boolean };
  /** false: another process of this sandbox has the mailbox, and its address is asked for. */
  readonly holdsMailbox: boolean;
  readonly clock: { now(): Date };
  log(line: string): void;
}
export interface StandIns {
  /** What the stand-ins give for variables that are not set. */
  readonly variables: Readonly<Record<string, string>>;
  /** null: mail is real, or another process has it. */
  readonly mailbox: Mailbox | null;
  stop(): Promise<void>;
}

const MAILBOX_ADDRESS = "mailbox-url";

/** Starts what plays the outside: an embedded PostgreSQL and a mailbox. */
export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  await mkdir(options.home, { recursive: true });
  const variables: Record<string, string> = { GATEHOUSE_SECRET: await sandboxSecret(options.home) };
  let postgres: EmbeddedPostgres | null = null;
  let mailbox: Mailbox | null = null;
  const stop = async (): Promise<void> => {
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
  } catch (error) {
    await stop();
    throw error;
  }
  return { variables, mailbox, stop };
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

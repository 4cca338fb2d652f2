import { addHours } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";
import { BROWSER_HOURS } from "./browser-cookie.ts";
import { insertPendingSignIn, type NewPendingSignIn } from "./pending-sign-ins.store.ts";

export type AskedByMail = Omit<NewPendingSignIn, "id" | "tokenHash" | "browserHash" | "createdAt" | "expiresAt"> & {
  /** The mark of the browser in which it began. */
  readonly browser: string;
};

/**
 * Leaves it to a mail to prove the address. It is the same work for every address (EN-3): the row and a job; what the mail says, and
 * whether the address has a user, is the worker's to find out.
 */
export async function askByMail(app: Pick<App, "ids" | "clock" | "secrets" | "jobs">, tx: Tx, asked: AskedByMail): Promise<void> {
  const { browser, ...rest } = asked;
  const id = app.ids.next();
  const now = app.clock.now();
  await insertPendingSignIn(tx, {
    ...rest,
    id,
    tokenHash: hashToken(app.secrets.mailToken("confirm_email", id)),
    browserHash: hashToken(browser),
    createdAt: now,
    expiresAt: addHours(now, BROWSER_HOURS),
  });
  await app.jobs.enqueue(tx, "mail.confirm_email", { pendingId: id });
}

import { VERIFICATION_REMINDER_DAYS, verificationReminderDue } from "@gatehouse/core";
import type { App, Tx } from "../platform/app.ts";
import { newVerificationToken } from "./mail-links.ts";
import { insertVerificationTokens } from "./mail-tokens.store.ts";
import { lockUnverified, markReminded } from "./verification-reminders.store.ts";

/** People looked at in one transaction. */
const PAGE = 200;
const NOWHERE = { ip: null, userAgent: null };

/**
 * Reminds who has not confirmed their address, on the third and the sixth day: one page of people. Each day is told once, whatever the
 * number of sweeps and of processes that sweep: mark, link and the job of its mail are made together, by whoever holds the person's row.
 *
 * @param tx the system's: people are of no account
 * @returns may there be more?
 */
export async function remindToVerify(app: Pick<App, "clock" | "ids" | "secrets" | "jobs">, tx: Tx): Promise<boolean> {
  const now = app.clock.now();
  const due = (await lockUnverified(tx, now, PAGE)).flatMap((person) => {
    const day = verificationReminderDue(person, now);
    return day === null ? [] : [{ day, userId: person.id, token: newVerificationToken(app, person, NOWHERE) }];
  });
  for (const day of VERIFICATION_REMINDER_DAYS)
    await markReminded(
      tx,
      due.filter((one) => one.day === day).map(({ userId }) => userId),
      day,
    );
  await insertVerificationTokens(
    tx,
    due.map(({ token }) => token),
  );
  await app.jobs.enqueueAll(
    tx,
    due.map(({ day, token }) => ({ name: "mail.verification_reminder", data: { tokenId: token.id, day } })),
  );
  return due.length === PAGE;
}

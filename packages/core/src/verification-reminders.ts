import { addDays } from "./time.ts";
import type { VerificationFacts } from "./verification.ts";

/** Days after registering on which who has not verified is reminded; within the default grace of seven. */
export const VERIFICATION_REMINDER_DAYS = [3, 6] as const;
export type ReminderDay = (typeof VERIFICATION_REMINDER_DAYS)[number];
/** A reminder that fell due longer ago is not sent: who did not come back for so long was not kept by a lost mail. */
export const REMINDER_NEWS_DAYS = 7;

/**
 * Of which day is a reminder to be sent at `now`? Where both days have passed since somebody looked, only the later. Null: none, because
 * the address is verified, no day has come yet, this one was told, or it is too long ago.
 *
 * @param person.remindedDay the last day that they were reminded of; 0: none yet
 */
export function verificationReminderDue(person: VerificationFacts & { readonly remindedDay: number }, now: Date): ReminderDay | null {
  if (person.emailVerifiedAt !== null) return null;
  const day = VERIFICATION_REMINDER_DAYS.findLast((each) => now >= addDays(person.registeredAt, each)) ?? null;
  if (day === null || day <= person.remindedDay) return null;
  return now < addDays(person.registeredAt, day + REMINDER_NEWS_DAYS) ? day : null;
}

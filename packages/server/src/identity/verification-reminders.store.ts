import { addDays, REMINDER_NEWS_DAYS, type ReminderDay, VERIFICATION_REMINDER_DAYS } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface UnverifiedPerson {
  readonly id: string;
  readonly email: string;
  readonly emailVerifiedAt: Date | null;
  readonly registeredAt: Date;
  readonly remindedDay: number;
}

/**
 * Locks people of whom some day's reminder may be due (see `verificationReminderDue`), the longest waiting first. Whom another process
 * holds is left out: either it reminds them, or they are found a minute later.
 */
export async function lockUnverified(tx: Tx, now: Date, limit: number): Promise<UnverifiedPerson[]> {
  const [first, last] = [Math.min(...VERIFICATION_REMINDER_DAYS), Math.max(...VERIFICATION_REMINDER_DAYS)];
  const passed = sql.join(
    VERIFICATION_REMINDER_DAYS.map((day) => sql`case when u.created_at <= ${addDays(now, -day)} then ${day}::int else 0 end`),
  );
  const rows = await tx
    .selectFrom("users as u")
    .select(["u.id", "u.email", "u.email_verified_at", "u.created_at", "u.verification_reminded_day"])
    .where("u.email_verified_at", "is", null)
    .where("u.deleted_at", "is", null)
    .where("u.created_at", "<=", addDays(now, -first))
    .where("u.created_at", ">", addDays(now, -last - REMINDER_NEWS_DAYS))
    .where(sql<boolean>`u.verification_reminded_day < greatest(${passed})`)
    .orderBy("u.created_at")
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    emailVerifiedAt: row.email_verified_at,
    registeredAt: row.created_at,
    remindedDay: row.verification_reminded_day,
  }));
}

export async function markReminded(tx: Tx, userIds: readonly string[], day: ReminderDay): Promise<void> {
  if (userIds.length === 0) return;
  await tx
    .updateTable("users")
    .set({ verification_reminded_day: day })
    .where("id", "in", [...userIds])
    .execute();
}

/** The last day that the person was reminded of; 0: none, or they are gone. */
export async function readRemindedDay(tx: Tx, userId: string): Promise<number> {
  const row = await tx.selectFrom("users").select("verification_reminded_day").where("id", "=", userId).executeTakeFirst();
  return row?.verification_reminded_day ?? 0;
}

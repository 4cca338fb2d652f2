import { ACCESS_MODES, type AccessPolicy, DEFAULT_POLICY, SHUT_REASONS } from "@gatehouse/core";
import { sql } from "kysely";
import { z } from "zod";
import type { Tx } from "../platform/app.ts";

/** What decides access beside an account's own facts: what the operator set, and what the plans hold. */
export type VersionKind = "policy" | "catalogue";

/** A policy and from when on it was in force. */
export interface PolicyVersion {
  readonly policy: AccessPolicy;
  readonly inForceFrom: Date;
}

/** Keeps what is in force from `at` on, where it differs from the newest version that is kept. Two processes at once keep it once. */
export async function keepVersion(tx: Tx, kind: VersionKind, value: object, at: Date): Promise<void> {
  const text = JSON.stringify(value);
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse.policy_versions'))`.execute(tx);
  await sql`
    insert into policy_versions (kind, in_force_from, value)
    select ${kind}::text, ${at}::timestamptz, ${text}::jsonb
    where ${text}::jsonb is distinct from
      (select value from policy_versions where kind = ${kind} order by in_force_from desc limit 1)
    on conflict (kind, in_force_from) do nothing`.execute(tx);
}

/** The policy in force at `at`; null: none was kept yet, or it cannot be read any more. */
export async function findPolicyAt(tx: Tx, at: Date): Promise<PolicyVersion | null> {
  const row = await tx
    .selectFrom("policy_versions")
    .select(["in_force_from", "value"])
    .where("kind", "=", "policy")
    .where("in_force_from", "<=", at)
    .orderBy("in_force_from", "desc")
    .limit(1)
    .executeTakeFirst();
  const policy = row === undefined ? null : asPolicy(row.value);
  return row === undefined || policy === null ? null : { policy, inForceFrom: row.in_force_from };
}

const days = z.number().int().min(0);
const stored = z.object({
  trialDays: days,
  verificationGraceDays: days,
  pastDueGraceDays: days,
  pausedCollectionLocks: z.boolean(),
  fallbackPlan: z.string().nullable().default(null),
  modes: z.partialRecord(z.enum(SHUT_REASONS), z.enum(ACCESS_MODES)),
});

/** Of a version before a reason was known, the default says what that reason leaves. */
function asPolicy(value: unknown): AccessPolicy | null {
  const read = stored.safeParse(value);
  return read.success ? { ...read.data, modes: { ...DEFAULT_POLICY.modes, ...read.data.modes } } : null;
}

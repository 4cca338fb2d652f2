import { ACCESS_MODES, type AccessPolicy, DEFAULT_POLICY, SHUT_REASONS } from "@gatehouse/core";
import { sql } from "kysely";
import { z } from "zod";
import type { Tx } from "../platform/app.ts";

/** What decides access beside an account's own facts: what the operator set, and what the plans hold. */
export type VersionKind = "policy" | "catalogue";

/** A version as it is stored, of whatever release. */
export interface KeptVersion {
  readonly inForceFrom: Date;
  readonly value: unknown;
}

/** A policy and from when on it was in force. */
export interface PolicyVersion {
  readonly policy: AccessPolicy;
  readonly inForceFrom: Date;
}

/** Held until the transaction ends, so that what is read for a version is what it is kept with, and two processes at once keep it once. */
export async function lockVersions(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('gatehouse.policy_versions'))`.execute(tx);
}

/**
 * Keeps what is in force from `at` on, where it differs from the newest version that is kept. A process whose clock is behind brings it into
 * force with the newest one, so that the order of keeping and that of time are one.
 */
export async function keepVersion(tx: Tx, kind: VersionKind, value: object, at: Date): Promise<void> {
  const text = JSON.stringify(value);
  await lockVersions(tx);
  await sql`
    with newest as (
      select in_force_from, value from policy_versions where kind = ${kind} order by in_force_from desc, id desc limit 1
    )
    insert into policy_versions (kind, in_force_from, value)
    select ${kind}::text, greatest(${at}::timestamptz, (select in_force_from from newest)), ${text}::jsonb
    where ${text}::jsonb is distinct from (select value from newest)`.execute(tx);
}

/** What is kept of `kind`, newest first; of those of one instant the last, for the others were never in force. @param until null: no end */
export async function listVersions(tx: Tx, kind: VersionKind, until: Date | null, limit: number): Promise<readonly KeptVersion[]> {
  let query = tx.selectFrom("policy_versions").select(["in_force_from", "value"]).distinctOn("in_force_from").where("kind", "=", kind);
  if (until !== null) query = query.where("in_force_from", "<=", until);
  const rows = await query.orderBy("in_force_from", "desc").orderBy("id", "desc").limit(limit).execute();
  return rows.map((row) => ({ inForceFrom: row.in_force_from, value: row.value }));
}

/** The policy in force at `at`; null: none was kept yet, or it cannot be read any more. */
export async function findPolicyAt(tx: Tx, at: Date): Promise<PolicyVersion | null> {
  const [kept] = await listVersions(tx, "policy", at, 1);
  const policy = kept === undefined ? null : asPolicy(kept.value);
  return kept === undefined || policy === null ? null : { policy, inForceFrom: kept.inForceFrom };
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

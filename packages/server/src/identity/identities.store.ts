import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** An account of a provider that signs a user in. Issuer and subject name it; the address is only what it was called then. */
export interface Identity {
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  readonly email: string | null;
  readonly connectedAt: Date;
  readonly lastUsedAt: Date | null;
}
export interface NewIdentity {
  readonly id: string;
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly tenant: string | null;
}

const COLUMNS = ["id", "user_id", "provider", "email_at_link", "created_at", "last_used_at"] as const;
interface Row {
  id: string;
  user_id: string;
  provider: string;
  email_at_link: string | null;
  created_at: Date;
  last_used_at: Date | null;
}
const asIdentity = (row: Row): Identity => ({
  id: row.id,
  userId: row.user_id,
  provider: row.provider,
  email: row.email_at_link,
  connectedAt: row.created_at,
  lastUsedAt: row.last_used_at,
});

/** Until the end of the transaction, whoever comes with the same issuer and subject waits: two first sign-ins at once make one user. */
export async function lockSubject(tx: Tx, issuer: string, subject: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${issuer}\n${subject}`}, 0))`.execute(tx);
}
export async function findIdentity(tx: Tx, issuer: string, subject: string): Promise<Identity | null> {
  const row = await tx
    .selectFrom("oauth_identities")
    .select(COLUMNS)
    .where("issuer", "=", issuer)
    .where("subject", "=", subject)
    .executeTakeFirst();
  return row ? asIdentity(row) : null;
}
/** In the order in which they were connected. */
export async function listIdentities(tx: Tx, userId: string): Promise<Identity[]> {
  const rows = await tx.selectFrom("oauth_identities").select(COLUMNS).where("user_id", "=", userId).orderBy("created_at").execute();
  return rows.map(asIdentity);
}
/** Who the user is to the providers. */
export async function listSubjects(tx: Tx, userId: string): Promise<{ issuer: string; subject: string }[]> {
  return await tx
    .selectFrom("oauth_identities")
    .select(["issuer", "subject"])
    .where("user_id", "=", userId)
    .orderBy("created_at")
    .execute();
}
/** As `listSubjects`, of many users at once. */
export async function subjectsOfMany(tx: Tx, userIds: readonly string[]): Promise<{ userId: string; issuer: string; subject: string }[]> {
  const result = await sql<{ userId: string; issuer: string; subject: string }>`
    select user_id as "userId", issuer, subject from oauth_identities where user_id = any(${userIds}::uuid[])
    order by user_id, created_at`.execute(tx);
  return result.rows;
}
export async function insertIdentity(tx: Tx, userId: string, identity: NewIdentity, at: Date): Promise<void> {
  await tx
    .insertInto("oauth_identities")
    .values({
      id: identity.id,
      provider: identity.provider,
      issuer: identity.issuer,
      subject: identity.subject,
      user_id: userId,
      email_at_link: identity.email,
      tenant_at_link: identity.tenant,
      created_at: at,
      last_used_at: at,
    })
    .execute();
}
export async function touchIdentity(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.updateTable("oauth_identities").set({ last_used_at: at }).where("id", "=", id).execute();
}
export async function deleteIdentity(tx: Tx, userId: string, id: string): Promise<void> {
  await tx.deleteFrom("oauth_identities").where("user_id", "=", userId).where("id", "=", id).execute();
}
/** Every one of the user. @returns how many */
export async function deleteIdentities(tx: Tx, userId: string): Promise<number> {
  const result = await tx.deleteFrom("oauth_identities").where("user_id", "=", userId).executeTakeFirst();
  return Number(result.numDeletedRows);
}

import { parseEmail } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string | null;
  /** Since when it is known that whoever set the credentials, password or identity, owns the address (mechanism 7). */
  readonly passwordProvenAt: Date | null;
  readonly emailVerifiedAt: Date | null;
  readonly roleAtSignup: string | null;
  readonly locale: string;
  readonly createdAt: Date;
}
const COLUMNS = [
  "id",
  "email",
  "name",
  "password_hash",
  "password_proven_at",
  "email_verified_at",
  "role_at_signup",
  "locale",
  "created_at",
] as const;

interface Row {
  id: string;
  email: string;
  name: string;
  password_hash: string | null;
  password_proven_at: Date | null;
  email_verified_at: Date | null;
  role_at_signup: string | null;
  locale: string;
  created_at: Date;
}
const asUser = (row: Row): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  passwordHash: row.password_hash,
  passwordProvenAt: row.password_proven_at,
  emailVerifiedAt: row.email_verified_at,
  roleAtSignup: row.role_at_signup,
  locale: row.locale,
  createdAt: row.created_at,
});

/** As the address is compared and found. */
export function normalisedEmailOf(user: Pick<User, "email">): string {
  const address = parseEmail(user.email);
  return address.ok ? address.normalised : user.email;
}

/** @param normalisedEmail as `parseEmail` gives it; a deleted user has none and is not found */
export async function findUserByEmail(tx: Tx, normalisedEmail: string): Promise<User | null> {
  const row = await tx.selectFrom("users").select(COLUMNS).where("email_normalised", "=", normalisedEmail).executeTakeFirst();
  return row ? asUser(row) : null;
}
export async function findUser(tx: Tx, userId: string): Promise<User | null> {
  const row = await tx.selectFrom("users").select(COLUMNS).where("id", "=", userId).where("deleted_at", "is", null).executeTakeFirst();
  return row ? asUser(row) : null;
}
/**
 * The addresses of many users.
 * @param areHeld nobody proves one of them until `tx` ends. Locked in the order of ids, so that no two wait for each other
 */
export async function findAddresses(
  tx: Tx,
  userIds: readonly string[],
  areHeld: boolean,
): Promise<{ readonly id: string; readonly email: string; readonly emailVerifiedAt: Date | null }[]> {
  const result = await sql<{ id: string; email: string; email_verified_at: Date | null }>`
    select id, email, email_verified_at from users where id = any(${userIds}::uuid[]) and deleted_at is null
    order by id ${areHeld ? sql`for share` : sql``}`.execute(tx);
  return result.rows.map((row) => ({ id: row.id, email: row.email, emailVerifiedAt: row.email_verified_at }));
}
/** Locks the row, so that credentials cannot change between a check and what hangs on it. */
export async function lockUser(tx: Tx, userId: string): Promise<User | null> {
  const row = await tx
    .selectFrom("users")
    .select(COLUMNS)
    .where("id", "=", userId)
    .where("deleted_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  return row ? asUser(row) : null;
}

export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly normalisedEmail: string;
  readonly name: string;
  readonly passwordHash: string | null;
  readonly emailVerifiedAt: Date | null;
  readonly passwordProvenAt: Date | null;
  readonly createdAt: Date;
}
/** @returns false when the address has a user already, also one that another transaction is just committing */
export async function insertUser(tx: Tx, user: NewUser): Promise<boolean> {
  const result = await tx
    .insertInto("users")
    .values({
      id: user.id,
      email: user.email,
      email_normalised: user.normalisedEmail,
      name: user.name,
      password_hash: user.passwordHash,
      password_proven_at: user.passwordProvenAt,
      email_verified_at: user.emailVerifiedAt,
      role_at_signup: null,
      created_at: user.createdAt,
      updated_at: user.createdAt,
      deleted_at: null,
    })
    .onConflict((conflict) => conflict.column("email_normalised").doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

export interface UserChange {
  readonly name?: string;
  readonly locale?: string;
  readonly roleAtSignup?: string | null;
  readonly passwordHash?: string | null;
  readonly passwordProvenAt?: Date | null;
  readonly emailVerifiedAt?: Date;
}
export async function updateUser(tx: Tx, userId: string, change: UserChange, at: Date): Promise<void> {
  await tx
    .updateTable("users")
    .set({
      updated_at: at,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.locale === undefined ? {} : { locale: change.locale }),
      ...(change.roleAtSignup === undefined ? {} : { role_at_signup: change.roleAtSignup }),
      ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
      ...(change.passwordProvenAt === undefined ? {} : { password_proven_at: change.passwordProvenAt }),
      ...(change.emailVerifiedAt === undefined ? {} : { email_verified_at: change.emailVerifiedAt }),
    })
    .where("id", "=", userId)
    .execute();
}

/** The row stays for the history that points to it; what it said of the person goes, and the address is free again. */
export async function eraseUser(tx: Tx, userId: string, at: Date): Promise<void> {
  await tx
    .updateTable("users")
    .set({
      email: "",
      email_normalised: null,
      name: "Deleted user",
      password_hash: null,
      password_proven_at: null,
      role_at_signup: null,
      updated_at: at,
      deleted_at: at,
    })
    .where("id", "=", userId)
    .execute();
}

export async function isOperator(tx: Tx, userId: string): Promise<boolean> {
  const row = await tx.selectFrom("users").select("is_operator").where("id", "=", userId).executeTakeFirst();
  return row?.is_operator ?? false;
}

/** @returns false when there is no such user */
export async function setOperator(tx: Tx, normalisedEmail: string, isOperator: boolean, at: Date): Promise<string | null> {
  const row = await tx
    .updateTable("users")
    .set({ is_operator: isOperator, updated_at: at })
    .where("email_normalised", "=", normalisedEmail)
    .returning("id")
    .executeTakeFirst();
  return row?.id ?? null;
}

import { type RawBuilder, sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** Above every text that begins with what stands before it, in the order of bytes. */
const LAST = "\u{10FFFF}";
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The account that is named whole: by its id, its slug, or its customer at Stripe. */
export async function findNamedAccount(tx: Tx, text: string): Promise<string | null> {
  const bySlug = sql<{ id: string }>`select id from accounts where slug = ${text.toLowerCase()}`;
  const byCustomer = sql<{ id: string }>`select account_id as id from billing_customers where customer_id = ${text}`;
  const query = ID.test(text)
    ? sql<{ id: string }>`select id from accounts where id = ${text}::uuid`
    : text.startsWith("cus_")
      ? byCustomer
      : bySlug;
  return (await query.execute(tx)).rows[0]?.id ?? null;
}

/** All accounts, the newest first. @param after the id of the last one before; null: from the newest */
export async function accountsBefore(tx: Tx, after: string | null, limit: number): Promise<string[]> {
  const from = after === null ? sql`` : sql`where id < ${after}::uuid`;
  const { rows } = await sql<{ id: string }>`select id from accounts ${from} order by id desc limit ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Accounts whose name begins so, whatever its case, in the order of names: one walk along `accounts_name_prefix`.
 */
export async function accountsNamed(tx: Tx, prefix: string, after: string | null, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from accounts where ${nameBegins(sql`name`, prefix)} ${pastName(after)}
    order by lower(name) collate "C", id limit ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Accounts in whose name each word of what was typed begins a word, in any order, but those that `accountsNamed` finds; in the order of names.
 *
 * All that have them are found by `accounts_words` and put in order, which takes some milliseconds for a few, and half a second for a word that
 * a fifth of a million names have. Left to the planner, it walked along the names for a word that nobody has, all of them.
 */
export async function accountsWithWords(tx: Tx, typed: string, after: string | null, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with found as materialized (select id, name from accounts where account_words(name) @@ account_words_query(${typed}))
    select id from found where not ${nameBegins(sql`name`, typed)} ${pastName(after)}
    order by lower(name) collate "C", id limit ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The two ends are told as bounds and not by LIKE, which a prepared statement does not take to an index. */
const nameBegins = (name: RawBuilder<unknown>, prefix: string): RawBuilder<boolean> =>
  sql`(lower(${name}) collate "C" >= lower(${prefix}) collate "C" and lower(${name}) collate "C" < lower(${prefix}) || ${LAST} collate "C")`;
const pastName = (after: string | null): RawBuilder<unknown> =>
  after === null
    ? sql``
    : sql`and (lower(name) collate "C", id) > ((select lower(name) collate "C" from accounts where id = ${after}::uuid), ${after}::uuid)`;

export interface MemberMatch {
  readonly accountId: string;
  readonly userId: string;
  /** The account's name matches too, or another member's address that comes before: it was found by that. */
  readonly isFoundBefore: boolean;
}

/** Accounts of people whose address begins so, in the order of addresses: one walk along `users_email_prefix`. @param prefix in small letters */
export async function accountsOfAddresses(
  tx: Tx,
  prefix: string,
  after: Pick<MemberMatch, "accountId" | "userId"> | null,
  limit: number,
): Promise<MemberMatch[]> {
  const at = sql`(select email_normalised collate "C" from users where id = ${after?.userId ?? null}::uuid)`;
  const from =
    after === null
      ? sql``
      : sql`and (u.email_normalised collate "C", u.id) >= (${at}, ${after.userId}::uuid)
          and (u.email_normalised collate "C", u.id, m.account_id) > (${at}, ${after.userId}::uuid, ${after.accountId}::uuid)`;
  const { rows } = await sql<{ account_id: string; user_id: string; found_before: boolean }>`
    select m.account_id, u.id as user_id,
      ${nameBegins(sql`a.name`, prefix)} or coalesce(account_words(a.name) @@ account_words_query(${prefix}), false)
      or exists (select 1 from memberships om join users o on o.id = om.user_id where om.account_id = m.account_id
        and o.email_normalised collate "C" >= ${prefix} collate "C"
        and (o.email_normalised collate "C", o.id) < (u.email_normalised collate "C", u.id)) as found_before
    from users u join memberships m on m.user_id = u.id join accounts a on a.id = m.account_id
    where u.email_normalised collate "C" >= ${prefix} collate "C" and u.email_normalised collate "C" < ${prefix + LAST} collate "C" ${from}
    order by u.email_normalised collate "C", u.id, m.account_id limit ${limit}`.execute(tx);
  return rows.map((row) => ({ accountId: row.account_id, userId: row.user_id, isFoundBefore: row.found_before }));
}

export interface AccountHead {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly createdAt: Date;
  readonly erasedAt: Date | null;
  /** Of its first owner. */
  readonly ownerEmail: string | null;
}
export async function loadAccountHeads(tx: Tx, accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountHead>> {
  const { rows } = await sql<{
    id: string;
    name: string;
    slug: string;
    created_at: Date;
    erased_at: Date | null;
    owner_email: string | null;
  }>`
    select a.id, a.name, a.slug, a.created_at, a.erased_at,
      (select u.email from memberships m join users u on u.id = m.user_id where m.account_id = a.id and m.role = 'owner'
       order by m.created_at, m.id limit 1) as owner_email
    from accounts a where a.id = any(${accountIds})`.execute(tx);
  return new Map(
    rows.map(({ id, name, slug, created_at, erased_at, owner_email }) => [
      id,
      { id, name, slug, createdAt: created_at, erasedAt: erased_at, ownerEmail: owner_email },
    ]),
  );
}

export interface FoundPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerifiedAt: Date | null;
  readonly isOperator: boolean;
  readonly createdAt: Date;
  readonly accounts: readonly { id: string; name: string; role: "owner" | "admin" | "member" | "viewer" }[];
}
interface PersonRow {
  id: string;
  email: string;
  name: string;
  email_verified_at: Date | null;
  is_operator: boolean;
  created_at: Date;
  accounts: FoundPerson["accounts"];
}
const PERSON = sql`u.id, u.email, u.name, u.email_verified_at, u.is_operator, u.created_at,
  (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'role', m.role) order by m.created_at), '[]'::jsonb)
   from memberships m join accounts a on a.id = m.account_id where m.user_id = u.id) as accounts`;
const asPerson = (row: PersonRow): FoundPerson => ({
  id: row.id,
  email: row.email,
  name: row.name,
  emailVerifiedAt: row.email_verified_at,
  isOperator: row.is_operator,
  createdAt: row.created_at,
  accounts: row.accounts,
});

/** People whose address begins so, in its order. @param prefix in small letters @param after the id of the last one before; null: from the first */
export async function peopleOfAddresses(tx: Tx, prefix: string, after: string | null, limit: number): Promise<FoundPerson[]> {
  const from =
    after === null
      ? sql``
      : sql`and (u.email_normalised collate "C", u.id) > ((select email_normalised collate "C" from users where id = ${after}::uuid), ${after}::uuid)`;
  const { rows } = await sql<PersonRow>`
    select ${PERSON} from users u
    where u.email_normalised collate "C" >= ${prefix} collate "C" and u.email_normalised collate "C" < ${prefix + LAST} collate "C" ${from}
    order by u.email_normalised collate "C", u.id limit ${limit}`.execute(tx);
  return rows.map(asPerson);
}

export async function findPerson(tx: Tx, userId: string): Promise<FoundPerson | null> {
  const { rows } = await sql<PersonRow>`select ${PERSON} from users u where u.id = ${userId}::uuid and u.deleted_at is null`.execute(tx);
  return rows[0] ? asPerson(rows[0]) : null;
}

import type { ClaimHolder, ClaimKind } from "@gatehouse/core";
import { sql } from "kysely";
import type { Tx } from "../platform/app.ts";

/** A trait of who took a trial, as it is kept. */
export interface HashedClaim {
  readonly kind: ClaimKind;
  readonly hash: Buffer;
}
export interface ClaimTimes {
  readonly at: Date;
  /** Since when the address is known to be the person's own. */
  readonly provenAt: Date | null;
  /** Claims to a company that nobody proved and that were made by then hold no more. */
  readonly lapsedUpTo: Date;
}

/**
 * Takes for the account whatever of these no other account holds. Who is just taking the same in another transaction is waited for, and all
 * take in one order, so that no two wait for each other.
 * @returns the kinds of what others hold
 */
export async function takeClaims(tx: Tx, accountId: string, claims: readonly HashedClaim[], times: ClaimTimes): Promise<ClaimKind[]> {
  if (claims.length === 0) return [];
  const inOrder = claims.toSorted((a, b) => (a.kind === b.kind ? Buffer.compare(a.hash, b.hash) : a.kind < b.kind ? -1 : 1));
  const taken = await tx
    .insertInto("trial_claims")
    .values(inOrder.map((claim) => ({ account_id: accountId, ...claim, at: times.at, proven_at: times.provenAt })))
    .onConflict((conflict) =>
      conflict
        .columns(["kind", "hash"])
        .doUpdateSet({ account_id: accountId, at: times.at, proven_at: times.provenAt })
        .where("trial_claims.kind", "=", "company")
        .where("trial_claims.proven_at", "is", null)
        .where("trial_claims.at", "<=", times.lapsedUpTo),
    )
    .returning(["kind", "hash"])
    .execute();
  return inOrder.filter((claim) => !taken.some((own) => own.kind === claim.kind && own.hash.equals(claim.hash))).map(({ kind }) => kind);
}

/** An account that got no trial holds nothing. */
export async function dropClaims(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom("trial_claims").where("account_id", "=", accountId).execute();
}

/** The address of one of its owners is proven: what their account holds, it holds for good. Locked in the order in which all take. */
export async function proveClaims(tx: Tx, userId: string, at: Date): Promise<void> {
  await sql`
    with open as (
      select c.account_id, c.kind, c.hash from trial_claims c join memberships m on m.account_id = c.account_id
      where m.user_id = ${userId} and m.role = 'owner' and c.proven_at is null
      order by c.kind, c.hash for update of c)
    update trial_claims c set proven_at = ${at} from open
    where c.account_id = open.account_id and c.kind = open.kind and c.hash = open.hash`.execute(tx);
}

/** An account of a provider that an owner connects later is remembered with the trial that their account took, where nobody holds it. */
export async function claimForOwner(tx: Tx, userId: string, claim: HashedClaim, at: Date): Promise<void> {
  await sql`
    insert into trial_claims (account_id, kind, hash, at, proven_at)
    select c.account_id, ${claim.kind}::text, ${claim.hash}::bytea, ${at}::timestamptz, ${at}::timestamptz
    from trial_claims c join memberships m on m.account_id = c.account_id
    where m.user_id = ${userId} and m.role = 'owner' and c.kind = 'address' order by m.created_at limit 1
    on conflict (kind, hash) do nothing`.execute(tx);
}

/**
 * Remembers something more with the trial that the account took, where nobody holds it.
 * @returns the account that holds it now; null: the account took no trial, and nobody does
 */
export async function claimForAccount(tx: Tx, accountId: string, claim: HashedClaim, at: Date): Promise<string | null> {
  await sql`
    insert into trial_claims (account_id, kind, hash, at, proven_at)
    select c.account_id, ${claim.kind}::text, ${claim.hash}::bytea, ${at}::timestamptz, ${at}::timestamptz
    from trial_claims c where c.account_id = ${accountId} and c.kind = 'address' limit 1
    on conflict (kind, hash) do nothing`.execute(tx);
  // Of whatever account it is: that is what is asked.
  const row = await tx
    .selectFrom("trial_claims")
    .select("account_id")
    .where("kind", "=", claim.kind)
    .where("hash", "=", claim.hash)
    .executeTakeFirst();
  return row?.account_id ?? null;
}

/** Names a claim among others. */
export const claimKey = ({ kind, hash }: HashedClaim): string => `${kind}:${hash.toString("hex")}`;

/** @returns by `claimKey`, with whose trial each of these is remembered; of what nobody holds there is nothing */
export async function findHolders(tx: Tx, claims: readonly HashedClaim[]): Promise<Map<string, ClaimHolder>> {
  const [kinds, hashes] = [claims.map(({ kind }) => kind), claims.map(({ hash }) => hash)];
  const result = await sql<HashedClaim & { account_id: string; is_proven: boolean }>`
    select c.kind, c.hash, c.account_id, c.proven_at is not null as is_proven
    from unnest(${kinds}::text[], ${hashes}::bytea[]) as asked (kind, hash) join trial_claims c using (kind, hash)`.execute(tx);
  return new Map(result.rows.map((row) => [claimKey(row), { accountId: row.account_id, isProven: row.is_proven }]));
}

/** A claim of a trial that was given before trials were remembered. */
export interface PastClaim extends HashedClaim {
  readonly accountId: string;
  readonly at: Date;
  readonly provenAt: Date | null;
}
/**
 * Remembers trials of the past, many in one statement. Whoever took one of these meanwhile keeps it, but for a company that they have not
 * proven. In the order in which all take, so that no two wait for each other.
 * @param claims each once
 */
export async function keepPastClaims(tx: Tx, claims: readonly PastClaim[]): Promise<void> {
  if (claims.length === 0) return;
  const [accounts, kinds] = [claims.map(({ accountId }) => accountId), claims.map(({ kind }) => kind)];
  const [hashes, times, proven] = [claims.map(({ hash }) => hash), claims.map(({ at }) => at), claims.map(({ provenAt }) => provenAt)];
  await sql`
    insert into trial_claims (account_id, kind, hash, at, proven_at)
    select account_id, kind, hash, at, proven_at
    from unnest(${accounts}::uuid[], ${kinds}::text[], ${hashes}::bytea[], ${times}::timestamptz[], ${proven}::timestamptz[])
      as past (account_id, kind, hash, at, proven_at)
    order by kind, hash
    on conflict (kind, hash) do update set account_id = excluded.account_id, at = excluded.at, proven_at = excluded.proven_at
    where trial_claims.kind = 'company' and trial_claims.proven_at is null and excluded.proven_at is not null
      and trial_claims.account_id <> excluded.account_id`.execute(tx);
}

export interface KeptClaim {
  readonly kind: ClaimKind;
  readonly at: Date;
  readonly provenAt: Date | null;
}
/** What the account holds, oldest first; never what it was made of. */
export async function listClaims(tx: Tx, accountId: string): Promise<KeptClaim[]> {
  const rows = await tx
    .selectFrom("trial_claims")
    .select(["kind", "at", "proven_at"])
    .where("account_id", "=", accountId)
    .orderBy("at")
    .orderBy("kind")
    .execute();
  return rows.map((row) => ({ kind: row.kind, at: row.at, provenAt: row.proven_at }));
}

import type { AccessFacts, Role } from "@gatehouse/core";
import { sql } from "kysely";
import { asBillingFacts, type BillingRow, billingColumns } from "../access/billing-facts.store.ts";
import { asAccessFacts, type FactsRow, factsColumns } from "../access/facts.store.ts";
import type { BillingFacts } from "../access/present-billing.ts";
import type { Tx } from "../platform/app.ts";

const MEMBERS_MAX = 200;

export interface AccountFacts {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly companySize: string | null;
  readonly industry: string | null;
  readonly primaryUse: string | null;
  readonly createdAt: Date;
  readonly erasedAt: Date | null;
  readonly customerId: string | null;
  readonly access: AccessFacts;
  readonly billing: BillingFacts;
}
interface Row extends FactsRow, BillingRow {
  id: string;
  name: string;
  slug: string;
  company_size: string | null;
  industry: string | null;
  primary_use: string | null;
  created_at: Date;
  erased_at: Date | null;
  customer_id: string | null;
}

/** What decides the account's access and billing, in one statement. @param livemode the mode of Stripe's key */
export async function loadAccountFacts(tx: Tx, accountId: string, livemode: boolean): Promise<AccountFacts | null> {
  const account = sql<string>`a.id`;
  const { rows } = await sql<Row>`
    select a.id, a.name, a.slug, a.company_size, a.industry, a.primary_use, a.created_at, a.deleted_at, a.erased_at,
      (select customer_id from billing_customers where account_id = a.id) as customer_id,
      ${factsColumns(account)}, ${billingColumns(account, livemode)}
    from accounts a where a.id = ${accountId}::uuid`.execute(tx);
  const [row] = rows;
  if (!row) return null;
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    companySize: row.company_size,
    industry: row.industry,
    primaryUse: row.primary_use,
    createdAt: row.created_at,
    erasedAt: row.erased_at,
    customerId: row.customer_id,
    access: asAccessFacts(row),
    billing: asBillingFacts(row),
  };
}

export interface ListedMember {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly isOperator: boolean;
  readonly emailVerifiedAt: Date | null;
  readonly joinedAt: Date;
}
/** Who is in the account, the first ones first; not more than are shown. */
export async function listPeople(tx: Tx, accountId: string): Promise<ListedMember[]> {
  return (await people(tx, accountId).limit(MEMBERS_MAX).execute()).map(asMember);
}

/** One of them, however many there are. @param userId null: the owner who has been in it the longest */
export async function findMember(tx: Tx, accountId: string, userId: string | null): Promise<ListedMember | null> {
  const all = people(tx, accountId);
  const row = await (userId === null ? all.where("m.role", "=", "owner") : all.where("m.user_id", "=", userId)).limit(1).executeTakeFirst();
  return row ? asMember(row) : null;
}

const people = (tx: Tx, accountId: string) =>
  tx
    .selectFrom("memberships as m")
    .innerJoin("users as u", "u.id", "m.user_id")
    .select(["m.user_id", "u.name", "u.email", "m.role", "u.is_operator", "u.email_verified_at", "m.created_at"])
    .where("m.account_id", "=", accountId)
    .orderBy("m.created_at")
    .orderBy("m.id");
const asMember = (row: Awaited<ReturnType<ReturnType<typeof people>["execute"]>>[number]): ListedMember => ({
  userId: row.user_id,
  name: row.name,
  email: row.email,
  role: row.role,
  isOperator: row.is_operator,
  emailVerifiedAt: row.email_verified_at,
  joinedAt: row.created_at,
});

export interface ListedOverride {
  readonly key: string;
  readonly value: unknown;
  readonly reason: string;
  readonly setBy: string | null;
  readonly setAt: Date;
  readonly expiresAt: Date | null;
  readonly version: number;
}
const OVERRIDE = ["value", "reason", "set_by as setBy", "set_at as setAt", "expires_at as expiresAt", "version"] as const;

/** What operators set for the account beside its plan; the expired ones too. */
export async function listOverrides(tx: Tx, accountId: string): Promise<{ features: ListedOverride[]; limits: ListedOverride[] }> {
  const features = await tx
    .selectFrom("account_feature_overrides")
    .select("flag as key")
    .select(OVERRIDE)
    .where("account_id", "=", accountId)
    .orderBy("flag")
    .execute();
  const limits = await tx
    .selectFrom("account_limit_overrides")
    .select("limit_key as key")
    .select(OVERRIDE)
    .where("account_id", "=", accountId)
    .orderBy("limit_key")
    .execute();
  return { features, limits };
}

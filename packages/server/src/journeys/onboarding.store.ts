import type { SubscriptionFacts } from "@gatehouse/core";
import { sql } from "kysely";
import { asAccessFacts, type FactsRow, factsColumns } from "../access/facts.store.ts";
import type { Tx } from "../platform/app.ts";
import type { ChecklistFact } from "../platform/product-parts.ts";

/** What the welcome and the checklist of one person in one account are made of. */
export interface OnboardingFacts {
  /** Steps that are done: shared by those who may edit the account, and the person's own. */
  readonly completedOfAccount: number;
  readonly completedOfMember: number;
  readonly emailVerifiedAt: Date | null;
  readonly roleAtSignup: string | null;
  readonly accountName: string;
  readonly companySize: string | null;
  readonly industry: string | null;
  readonly primaryUse: string | null;
  readonly hasInvited: boolean;
  readonly subscription: Pick<SubscriptionFacts, "grants" | "stripe">;
  /** Of the product's own first steps, by key. */
  readonly isDone: Readonly<Record<string, boolean>>;
}
interface OnboardingRow extends FactsRow {
  of_account: number;
  of_member: number;
  email_verified_at: Date | null;
  role_at_signup: string | null;
  name: string;
  company_size: string | null;
  industry: string | null;
  primary_use: string | null;
  has_invited: boolean;
  is_done: Record<string, boolean>;
}

/** One statement, so that all of it is of one moment. @returns null when the person is no member any more */
export async function loadOnboarding(
  tx: Tx,
  accountId: string,
  userId: string,
  checklist: readonly ChecklistFact[],
): Promise<OnboardingFacts | null> {
  const account = sql<string>`a.id`;
  const isDone = checklist.map(({ key, isDone }) => sql`${sql.lit(key)}, ${isDone(account)}`);
  const result = await sql<OnboardingRow>`
    select a.onboarding_step_completed as of_account, m.onboarding_step_completed as of_member, u.email_verified_at, u.role_at_signup,
      a.name, a.company_size, a.industry, a.primary_use, a.deleted_at,
      exists (select 1 from account_invites where account_id = ${account} and revoked_at is null)
        or exists (select 1 from memberships where account_id = ${account} and user_id <> u.id) as has_invited,
      jsonb_build_object(${isDone.length === 0 ? sql`` : sql.join(isDone)}) as is_done, ${factsColumns(account)}
    from accounts a join memberships m on m.account_id = a.id and m.user_id = ${userId} join users u on u.id = m.user_id
    where a.id = ${accountId}`.execute(tx);
  const row = result.rows[0];
  if (!row) return null;
  return {
    completedOfAccount: row.of_account,
    completedOfMember: row.of_member,
    emailVerifiedAt: row.email_verified_at,
    roleAtSignup: row.role_at_signup,
    accountName: row.name,
    companySize: row.company_size,
    industry: row.industry,
    primaryUse: row.primary_use,
    hasInvited: row.has_invited,
    subscription: asAccessFacts(row),
    isDone: row.is_done,
  };
}

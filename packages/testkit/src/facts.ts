import type { AccessFacts, GrantFact, StripeSubscriptionFact, TrialFact } from "@gatehouse/core";
import type { TestServer } from "./test-server.ts";

export const NO_FACTS: AccessFacts = { trial: null, grants: [], stripe: [], accountDeletedAt: null };
const PLANTED_ID = "01890000-0000-7000-8000-";

/**
 * Puts `facts` in the place of everything that decides the account's access, and tells every process, as the routes that will change
 * them do. Straight into the tables: some of these facts no route can make yet.
 */
export async function plantFacts(
  server: Pick<TestServer, "app" | "database">,
  accountId: string,
  facts: Partial<AccessFacts>,
): Promise<void> {
  await plantSilently(server, accountId, facts);
  await tell(server, `account:${accountId}`);
}

/** As `plantFacts`, but no process hears of it: as when the word is lost. */
export async function plantSilently(
  { database }: Pick<TestServer, "database">,
  accountId: string,
  facts: Partial<AccessFacts>,
): Promise<void> {
  const { trial, grants, stripe, accountDeletedAt } = { ...NO_FACTS, ...facts };
  for (const table of ["trials", "complimentary_grants", "stripe_subscriptions"]) {
    await database.query(`delete from ${table} where account_id = $1`, [accountId]);
  }
  await database.query("update accounts set deleted_at = $2 where id = $1", [accountId, accountDeletedAt]);
  if (trial) await insertTrial(database, accountId, trial);
  for (const [index, grant] of grants.entries()) await insertGrant(database, accountId, index, grant);
  for (const fact of stripe) await insertStripe(database, accountId, fact);
}

/** Says to every process that what the tag names has changed; to `server` before this returns. @param tag `account:ID`, `user:ID` or `session:ID` */
export async function tell({ app }: Pick<TestServer, "app">, tag: string): Promise<void> {
  await app.db.asSystem("a test says what it changed", (tx) => app.signals.publish(tx, "facts", tag));
}

type Database = TestServer["database"];

const insertTrial = (database: Database, accountId: string, { plan, startsAt, endsAt }: TrialFact) =>
  database.query("insert into trials (account_id, id, plan, starts_at, ends_at) values ($1, $2, $3, $4, $5)", [
    accountId,
    `${PLANTED_ID}000000000000`,
    plan,
    startsAt,
    endsAt,
  ]);

const insertGrant = (database: Database, accountId: string, index: number, { plan, startsAt, until, reason }: GrantFact) =>
  database.query("insert into complimentary_grants (account_id, id, plan, starts_at, until, reason) values ($1, $2, $3, $4, $5, $6)", [
    accountId,
    `${PLANTED_ID}${String(index + 1).padStart(12, "0")}`,
    plan,
    startsAt,
    until,
    reason,
  ]);

const insertStripe = (database: Database, accountId: string, fact: StripeSubscriptionFact) =>
  database.query(
    `insert into stripe_subscriptions (account_id, id, status, plan, current_period_end, cancel_at_period_end, seats, past_due_since, changed_at, ends_at, trial_ends_at, collection_paused, last_ticket)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`,
    [
      accountId,
      fact.id,
      fact.status,
      fact.plan,
      fact.currentPeriodEnd,
      fact.cancelAtPeriodEnd,
      fact.seats,
      fact.pastDueSince,
      fact.changedAt,
      fact.endsAt,
      fact.trialEndsAt,
      fact.collectionPaused,
    ],
  );

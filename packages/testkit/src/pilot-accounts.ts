import type { AccessFacts } from "@gatehouse/core";
import { plantFacts } from "./facts.ts";
import type { TestServer } from "./test-server.ts";

/** Puts `count` accounts into the database by SQL, as nobody's, made at `createdAt`. @returns their ids, in order */
export async function plantAccounts({ database }: Pick<TestServer, "database">, count: number, createdAt: Date): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `insert into accounts (id, name, slug, created_at, updated_at)
     select id, 'Pilot ' || id, id::text, $2, $2 from (select uuidv7() as id from generate_series(1, $1::int)) made returning id`,
    [count, createdAt],
  );
  return rows.map(({ id }) => id).sort();
}

/** One account with these facts. @returns its id */
export async function plantAccount(
  server: Pick<TestServer, "app" | "database">,
  createdAt: Date,
  facts: Partial<AccessFacts> = {},
): Promise<string> {
  const [id = ""] = await plantAccounts(server, 1, createdAt);
  await plantFacts(server, id, facts);
  return id;
}

/** The grants that cutovers gave, in the order of accounts. */
export const cutoverGrants = ({ database }: Pick<TestServer, "database">) =>
  database.query<{ account_id: string; until: Date | null }>(
    "select account_id, until from complimentary_grants where cutover_run_id is not null order by account_id",
  );

import type { TestDatabase } from "@gatehouse/testkit";

/** What every table of ours held at a moment, and where each row stood: a row that is written again with the same values moves. */
export type Contents = Readonly<Record<string, string>>;

/** Tables in which rows stand; a partitioned table is only the sum of its parts. */
export async function tablesOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname",
  );
  return rows.map(({ name }) => name);
}

export async function contentsOf(database: TestDatabase): Promise<Contents> {
  const contents: Record<string, string> = {};
  for (const table of await tablesOf(database)) {
    const [row] = await database.query<{ digest: string }>(
      `select count(*) || ' ' || md5(coalesce(string_agg(concat_ws(' ', ctid, xmin, t), '|' order by ctid), '')) as digest from "${table}" t`,
    );
    contents[table] = row?.digest ?? "";
  }
  const [jobs] = await database.query<{ count: string }>("select count(*) || '' as count from pgboss.job");
  return { ...contents, "pgboss.job": jobs?.count ?? "" };
}

import { sql } from "kysely";
import type { Tx } from "./db.ts";

/** How a job stands in pg-boss's own table. */
export const JOB_STATES = ["created", "retry", "active", "completed", "cancelled", "failed"] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface ListedJob {
  readonly id: string;
  /** `<area>.<what>` */
  readonly name: string;
  readonly queue: string;
  readonly state: JobState;
  readonly data: Readonly<Record<string, unknown>>;
  /** Why the last try failed. */
  readonly error: string | null;
  readonly tries: number;
  readonly createdAt: Date;
  readonly nextTryAt: Date | null;
  readonly endedAt: Date | null;
}
interface Row {
  id: string;
  queue: string;
  state: JobState;
  data: unknown;
  error: string | null;
  tries: number;
  created_on: Date;
  start_after: Date;
  completed_on: Date | null;
}
const COLUMNS = sql`id, name as queue, state::text as state, data, output->>'message' as error,
  retry_count + (case when state in ('active', 'completed', 'failed') then 1 else 0 end) as tries, created_on, start_after, completed_on`;

/**
 * Jobs in a state, the newest first. Of one that is done nothing is left after some days, so the table is as long as the queue is busy.
 * @param after the id of the last one before; null: from the newest
 */
export async function listJobs(tx: Tx, state: JobState, after: string | null, limit: number): Promise<ListedJob[]> {
  const from =
    after === null
      ? sql``
      : sql`and (created_on, id) < ((select created_on from pgboss.job where id = ${after}::uuid limit 1), ${after}::uuid)`;
  const { rows } = await sql<Row>`
    select ${COLUMNS} from pgboss.job where state = ${state}::pgboss.job_state ${from}
    order by created_on desc, id desc limit ${limit}`.execute(tx);
  return rows.map(asJob);
}

/** Locks the row, so that two who try it again do so once. */
export async function lockJob(tx: Tx, id: string): Promise<ListedJob | null> {
  const { rows } = await sql<Row>`select ${COLUMNS} from pgboss.job where id = ${id}::uuid for update`.execute(tx);
  return rows[0] ? asJob(rows[0]) : null;
}

const asJob = (row: Row): ListedJob => ({
  id: row.id,
  name: String(Object(row.data)["name"] ?? row.queue),
  queue: row.queue,
  state: row.state,
  data: Object(Object(row.data)["data"] ?? {}),
  error: row.error,
  tries: row.tries,
  createdAt: row.created_on,
  nextTryAt: row.state === "created" || row.state === "retry" ? row.start_after : null,
  endedAt: row.completed_on,
});

import { setTimeout as pause } from "node:timers/promises";
import { fromKysely, type Job, type JobResult, type JobWithMetadata, PgBoss } from "pg-boss";
import { stopwatch } from "./clock.ts";
import type { Tx } from "./db.ts";
import type { Log } from "./log.ts";

/** Areas of work: each is a queue of its own, so that one that stands still holds up no other. */
export const QUEUES = ["mail", "stripe", "accounts"] as const;
export type Queue = (typeof QUEUES)[number];
/** `<area>.<what>`: the area names the queue. */
export type JobName = `${Queue}.${string}`;
/** Only ids and plain facts, never a secret (law 7). */
export type JobData = Readonly<Record<string, string | number | boolean | null>>;
export interface NewJob {
  readonly name: JobName;
  readonly data: JobData;
}
export type JobHandler = (data: JobData) => Promise<void>;

export interface Jobs {
  /** Adds the job within the caller's transaction: it exists if and only if that commits (law 8). */
  enqueue(tx: Tx, name: JobName, data: JobData): Promise<void>;
  /** As `enqueue`, with one statement for all jobs of a queue. */
  enqueueAll(tx: Tx, jobs: readonly NewJob[]): Promise<void>;
  /** Has a job that was given up tried once more, within the caller's transaction; any other stays as it is. @param queue the one that it is in */
  retry(tx: Tx, queue: string, id: string): Promise<void>;
  /** Says who does a job; before `startWork`. */
  handle(name: JobName, handler: JobHandler): void;
  /** Begins to send. */
  start(): Promise<void>;
  /** Begins to work off the queues; at once when a job is added (NOTIFY), else every few seconds. @param queues those whose outside part is set up */
  startWork(queues: readonly Queue[]): Promise<void>;
  /** Waits until no job is running or could run now. @throws Error after `DRAIN_SECONDS_MAX` */
  drain(): Promise<void>;
  /** Ends when the jobs under way have ended, at most after `seconds`. */
  stop(seconds: number): Promise<void>;
}

const schema = "pgboss";
/** A mail server may be away for days; then the job is kept as failed and an operator can try it again. */
const retry = {
  retryLimit: 30,
  retryDelay: 5,
  retryBackoff: true,
  retryDelayMax: 3600,
  expireInSeconds: 120,
  // A worker that dies leaves its job behind, and is missed this long after its last sign of life. pg-boss takes no less.
  heartbeatSeconds: 10,
  retentionSeconds: 30 * 86_400,
};

/**
 * @param options.listens to hear of jobs that are added: for who works them off; to anybody else each word is a wake-up for nothing
 * @param options.inOrder one job of this queue after the other, as they were added: tests look at the newest mail
 */
export function openJobs(options: { url: string; log: Log; listens: boolean; inOrder?: Queue }): Jobs {
  const handlers = new Map<string, JobHandler>();
  const boss = new PgBoss({
    connectionString: options.url,
    schema,
    migrate: false,
    createSchema: false,
    useListenNotify: options.listens,
    max: 4,
    application_name: "gatehouse-jobs",
    // How often somebody looks for jobs of the dead: with the heartbeat and the first retry, their mail is late by half a minute.
    superviseIntervalSeconds: LOOK_FOR_THE_DEAD_SECONDS,
    monitorIntervalSeconds: LOOK_FOR_THE_DEAD_SECONDS,
    reindex: false,
    schedule: false,
  });
  boss.on("error", (error) => options.log.warn({ err: error }, "the job queue has a problem"));
  let started = false;
  return {
    async enqueue(tx, name, data) {
      await boss.send(queueOf(name), { name, data }, { db: fromKysely(tx) });
    },
    async enqueueAll(tx, jobs) {
      for (const queue of QUEUES) {
        const envelopes = jobs.filter(({ name }) => queueOf(name) === queue).map(({ name, data }) => ({ data: { name, data } }));
        // It wakes the workers as `send` does: once, when the transaction commits.
        if (envelopes.length > 0) await boss.insert(queue, envelopes, { db: fromKysely(tx) });
      }
    },
    async retry(tx, queue, id) {
      await boss.retry(queue, id, { db: fromKysely(tx) });
    },
    handle(name, handler) {
      if (handlers.has(name)) throw new Error(`two handlers for the job ${name}`);
      handlers.set(name, handler);
    },
    async start() {
      if (started) return;
      await boss.start();
      started = true;
    },
    async startWork(queues) {
      for (const queue of queues) await workOff(boss, queue, queue === options.inOrder, (job) => runJob(job, handlers, options.log));
      // What a worker left that died a while ago need not wait for the first look.
      boss.supervise().catch((error: unknown) => options.log.warn({ err: error }, "the jobs of dead workers could not be looked for"));
    },
    async drain() {
      const end = stopwatch() + DRAIN_SECONDS_MAX;
      while ((await countDue(boss)) > 0) {
        if (stopwatch() > end) throw new Error(`jobs are still waiting after ${DRAIN_SECONDS_MAX} s: is a worker running?`);
        await pause(LOOK_AGAIN_MILLISECONDS);
      }
    },
    async stop(seconds) {
      if (!started) return;
      started = false;
      await boss.stop({ graceful: true, timeout: seconds * 1000 });
    },
  };
}

const LOOK_FOR_THE_DEAD_SECONDS = 10;
const DRAIN_SECONDS_MAX = 30;
const LOOK_AGAIN_MILLISECONDS = 20;

/** Jobs that run or could run now; one that waits for its next try is not due. */
async function countDue(boss: PgBoss): Promise<number> {
  const result = await boss
    .getDb()
    .executeSql(
      `select count(*)::int as due from ${schema}.job where state = 'active' or (state in ('created', 'retry') and start_after <= now())`,
    );
  return Number(result.rows[0]?.["due"] ?? 0);
}

interface Envelope {
  name: string;
  data: JobData;
}

/**
 * How many jobs of a queue run at once: so many workers, each of which takes so many. Only after a full batch does a worker look again at
 * once: a backlog taken one by one would be one job every five seconds. A worker takes no more before the slowest of its batch has ended,
 * so a queue whose jobs may wait long for somebody else has more workers. Each of them looks whenever a job is added, which costs PostgreSQL
 * more than the job itself: four workers of eight were slower than three of ten.
 */
const PACE: Readonly<Record<Queue, { readonly localConcurrency: number; readonly batchSize: number }>> = {
  mail: { localConcurrency: 2, batchSize: 4 },
  stripe: { localConcurrency: 3, batchSize: 10 },
  accounts: { localConcurrency: 1, batchSize: 1 },
};

async function workOff(boss: PgBoss, queue: Queue, isInOrder: boolean, run: (job: Job<Envelope>) => Promise<JobResult>): Promise<void> {
  await boss.work(
    queue,
    {
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 1,
      burstWhenBatchFull: true,
      perJobResults: true,
      includeMetadata: true,
      ...PACE[queue],
      ...(isInOrder ? { localConcurrency: 1 } : {}),
    },
    (jobs: JobWithMetadata<Envelope>[]) => (isInOrder ? oneByOne(jobs, run) : Promise.all(jobs.map(run))),
  );
}

async function oneByOne(jobs: readonly JobWithMetadata<Envelope>[], run: (job: Job<Envelope>) => Promise<JobResult>): Promise<JobResult[]> {
  const results: JobResult[] = [];
  for (const job of jobs.toSorted((a, b) => a.createdOn.getTime() - b.createdOn.getTime())) results.push(await run(job));
  return results;
}

/** One that fails takes no other of its batch with it. */
async function runJob(job: Job<Envelope>, handlers: ReadonlyMap<string, JobHandler>, log: Log): Promise<JobResult> {
  const { name, data } = job.data;
  try {
    const handler = handlers.get(name);
    if (!handler) throw new Error(`nobody does the job ${name}`);
    await handler(data);
    log.debug({ job: name, job_id: job.id }, "job done");
    return { id: job.id, status: "completed" };
  } catch (error) {
    log.warn({ job: name, job_id: job.id, err: error }, "job failed; it will be tried again");
    return { id: job.id, status: "failed", output: { message: error instanceof Error ? error.message : String(error) } };
  }
}

function queueOf(name: JobName): Queue {
  const area = name.slice(0, name.indexOf("."));
  const queue = QUEUES.find((candidate) => candidate === area);
  if (!queue) throw new Error(`no queue for the job ${name}`);
  return queue;
}

/** Makes the queue's own schema and its queues, as the owner. Doing it again changes nothing. */
export async function installQueues(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    max: 2,
    schema,
    supervise: false,
    schedule: false,
    reindex: false,
  });
  const problems: unknown[] = [];
  boss.on("error", (error) => problems.push(error));
  await boss.start();
  try {
    for (const queue of QUEUES) {
      if (await boss.getQueue(queue)) await boss.updateQueue(queue, { ...retry, notify: true });
      else await boss.createQueue(queue, { ...retry, notify: true });
    }
  } finally {
    await boss.stop({ graceful: false });
  }
  if (problems.length > 0) throw problems[0];
}

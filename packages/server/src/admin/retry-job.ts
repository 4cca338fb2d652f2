import type { App, Tx } from "../platform/app.ts";
import { type ListedJob, lockJob } from "../platform/jobs-desk.store.ts";
import { refuse } from "../platform/refuse.ts";
import { accountIdIn } from "./account-id-in.store.ts";
import { type Act, auditAct } from "./act.ts";

/**
 * Has a job that was given up tried once more. It runs at least once, as every job: its handler looks at the facts anew.
 * @throws Refusal job_not_found | job_not_failed
 */
export async function retryJob(app: Pick<App, "ids" | "clock" | "jobs">, tx: Tx, by: Act, id: string): Promise<ListedJob> {
  const job = (await lockJob(tx, id)) ?? refuse("job_not_found");
  if (job.state !== "failed") refuse("job_not_failed", { state: job.state });
  await app.jobs.retry(tx, job.queue, id);
  const accountId = await accountIdIn(tx, job.data);
  await auditAct(app, tx, by, { accountId, action: "job.retried", targetId: id, details: { job: job.name } });
  return (await lockJob(tx, id)) ?? refuse("job_not_found");
}

import type { ListedJob } from "../platform/jobs-desk.store.ts";

/** A job as it is shown, over HTTP and at the command line. */
export const presentJob = (job: ListedJob) => ({
  id: job.id,
  name: job.name,
  state: job.state,
  data: job.data,
  error: job.error,
  tries: job.tries,
  created_at: job.createdAt.toISOString(),
  next_try_at: job.nextTryAt?.toISOString() ?? null,
  ended_at: job.endedAt?.toISOString() ?? null,
});

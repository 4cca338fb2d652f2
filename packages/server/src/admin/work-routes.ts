import { adminWork } from "@gatehouse/contract";
import { readEvent } from "../billing/event-list.store.ts";
import { replayEvent } from "../billing/replay-event.ts";
import type { App } from "../platform/app.ts";
import { listJobs } from "../platform/jobs-desk.store.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { listEvents, presentEvent, presentWholeEvent } from "./list-events.ts";
import { presentJob } from "./present-job.ts";
import { retryJob } from "./retry-job.ts";

const EVENTS = "the ledger is no account's";
const JOBS = "jobs are no account's";

/** For operators: what Stripe told us, and what is to be done. */
export function adminWorkRoutes(http: Http, app: App): void {
  serve(http, app, adminWork.listEvents, async ({ query }) => {
    const { outcome, type, account_id: accountId, cursor, limit } = query;
    const choice = { outcome: outcome ?? null, type: type ?? null, accountId: accountId ?? null, cursor, limit };
    const { items, nextCursor } = await app.db.asSystem(EVENTS, (tx) => listEvents(tx, choice));
    return { items: items.map(presentEvent), next_cursor: nextCursor };
  });
  serve(http, app, adminWork.readEvent, async ({ params }) => {
    const event = (await app.db.asSystem(EVENTS, (tx) => readEvent(tx, params.id))) ?? refuse("event_not_found");
    return presentWholeEvent(event);
  });
  serve(http, app, adminWork.replayEvent, async ({ actor, params, body, origin, replayIfAnswered, transactAsSystem }) => {
    await replayIfAnswered();
    const replayed = await replayEvent(app, params.id, { userId: actor.userId, origin, reason: body.reason });
    if (replayed === "unknown") return refuse("event_not_found");
    return transactAsSystem(EVENTS, () => Promise.resolve({ id: params.id, replayed }));
  });
  serve(http, app, adminWork.listJobs, async ({ query }) => {
    const after = query.cursor === undefined ? null : (jobIdIn(query.cursor) ?? refuseCursor());
    const found = await app.db.asSystem(JOBS, (tx) => listJobs(tx, query.state, after, query.limit + 1));
    const items = found.slice(0, query.limit).map(presentJob);
    const last = items.at(-1);
    return { items, next_cursor: last && found.length > query.limit ? last.id : null };
  });
  serve(http, app, adminWork.retryJob, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(JOBS, async (tx) =>
      presentJob(await retryJob(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id)),
    ),
  );
}

/** The queue makes its ids itself, and of no time: a page ends at the id as it is. */
const jobIdIn = (cursor: string): string | null => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(cursor) ? cursor : null);
const refuseCursor = (): never =>
  refuse("invalid_request", { problems: [{ at: "query.cursor", why: "must be a next_cursor as it was answered" }] });

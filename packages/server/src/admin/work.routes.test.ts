import { type Person, registerVerified } from "@gatehouse/testkit";
import { type BillingServer, openBillingServer } from "@gatehouse/testkit/billing-server";
import { subscribe } from "@gatehouse/testkit/paying-accounts";
import { afterAll, beforeAll, expect, test } from "vitest";

interface Page<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
}
interface Event {
  readonly id: string;
  readonly type: string;
  readonly outcome: string;
  readonly account_id: string | null;
}
let server: BillingServer;
let operator: Person;
let ada: Person;
beforeAll(async () => {
  server = await openBillingServer();
  operator = await registerVerified(server);
  await server.database.query("update users set is_operator = true where id = $1", [operator.user.id]);
  ada = await registerVerified(server);
  const { subscriptionId } = await subscribe(server, ada);
  server.stripe.engine.cancelAtPeriodEnd(subscriptionId);
  await server.settle();
});
afterAll(() => server.close());

const reason = "ticket 17";
const get = <T>(path: string, search: Readonly<Record<string, string>> = {}) =>
  server.request<T>("GET", `/admin${path}?${new URLSearchParams(search)}`, { token: operator.accessToken });
const post = (path: string, body: object = { reason }, headers: Record<string, string> = {}) =>
  server.request("POST", `/admin${path}`, { token: operator.accessToken, body, headers });
async function everyEvent(search: Readonly<Record<string, string>>): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { body } = await get<Page<Event>>("/webhook-events", { ...search, ...(cursor ? { cursor } : {}) });
    events.push(...body.items);
    cursor = body.next_cursor;
  }
  return events;
}

test("events are listed, the newest first, each once, and by account, type and outcome", async () => {
  const rows = await server.database.query<{ id: string }>("select id from stripe_events order by created_at desc, id desc");
  expect(rows.length).toBeGreaterThan(0);
  expect((await everyEvent({ limit: "1" })).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  const hers = await everyEvent({ account_id: ada.account.id });
  expect(hers.length).toBeGreaterThan(0);
  for (const event of hers) expect(event.account_id).toBe(ada.account.id);
  for (const event of await everyEvent({ type: "customer.subscription.updated" })) expect(event.type).toBe("customer.subscription.updated");
  expect(await everyEvent({ outcome: "quarantined" })).toEqual([]);
  expect((await get("/webhook-events", { outcome: "lost" })).status).toBe(422);
  for (const cursor of ["x", "%", "AAAA"]) expect((await get("/webhook-events", { cursor })).status, cursor).toBe(422);
});

test("an event is shown with its payload; one that there is not is not found", async () => {
  const [event] = await everyEvent({ account_id: ada.account.id });
  expect(await get(`/webhook-events/${event?.id}`)).toMatchObject({ status: 200, body: { id: event?.id, payload: { id: event?.id } } });
  for (const id of ["evt_nobodys", "a b", "x".repeat(300)])
    expect((await get(`/webhook-events/${encodeURIComponent(id)}`)).status, id).toBe(404);
});

test("an event is done again, with the reason in the audit of its account; with the same key once", async () => {
  const [event] = await everyEvent({ account_id: ada.account.id });
  const audited = () =>
    server.database.query("select account_id, actor_user_id, details from audit_events where action = 'billing.event_replayed'");
  const before = (await audited()).length;
  const replay = () => post(`/webhook-events/${event?.id}/replay`, { reason }, { "idempotency-key": "1" });
  expect(await replay()).toMatchObject({ status: 202, body: { id: event?.id, replayed: "reopened" } });
  await server.settle();
  expect((await everyEvent({ account_id: ada.account.id }))[0]?.outcome).toBe("unchanged");
  expect((await replay()).status).toBe(202);
  expect((await audited()).slice(before)).toEqual([
    { account_id: ada.account.id, actor_user_id: operator.user.id, details: { reason, by: "operator" } },
  ]);
  expect(await post("/webhook-events/evt_nobodys/replay")).toMatchObject({ status: 404, body: { code: "event_not_found" } });
  expect((await post(`/webhook-events/${event?.id}/replay`, {})).status).toBe(422);
});

interface Job {
  readonly id: string;
  readonly name: string;
  readonly error: string | null;
  readonly state: string;
  readonly data: Record<string, unknown>;
}
/** A job that nobody does, tried for the last time. */
async function failedJob(): Promise<string> {
  await server.app.db.asSystem("a test adds a job", (tx) =>
    server.app.jobs.enqueue(tx, "accounts.nobody_does", { accountId: ada.account.id }),
  );
  await server.database.query("update pgboss.job set retry_limit = 0 where data->>'name' = 'accounts.nobody_does' and state <> 'failed'");
  await server.settle();
  const [row] = await server.database.query<{ id: string }>(
    "select id from pgboss.job where data->>'name' = 'accounts.nobody_does' order by created_on desc limit 1",
  );
  await server.database.query("update pgboss.job set state = 'failed', completed_on = now() where id = $1 and state = 'retry'", [row?.id]);
  return row?.id ?? "";
}

test("a job that was given up is listed with why, and is tried once more when an operator wants it", async () => {
  const id = await failedJob();
  const listed = (await get<Page<Job>>("/jobs", { state: "failed" })).body.items.find((job) => job.id === id);
  expect(listed).toMatchObject({
    name: "accounts.nobody_does",
    state: "failed",
    data: { accountId: ada.account.id },
    error: expect.stringContaining("nobody does the job"),
  });
  const again = await post(`/jobs/${id}/retry`);
  expect(again).toMatchObject({ status: 200, body: { id, name: "accounts.nobody_does" } });
  const rows = await server.database.query(
    "select account_id, actor_user_id, details from audit_events where action = 'job.retried' and target_id = $1",
    [id],
  );
  expect(rows).toEqual([
    { account_id: ada.account.id, actor_user_id: operator.user.id, details: { job: "accounts.nobody_does", reason, by: "operator" } },
  ]);
  await expect
    .poll(async () => (await server.database.query("select retry_count from pgboss.job where id = $1", [id]))[0])
    .toEqual({
      retry_count: expect.toSatisfy((count: number) => count > 0),
    });
  await server.database.query("delete from pgboss.job where id = $1", [id]);
  const [done] = await server.database.query<{ id: string }>("select id from pgboss.job where state = 'completed' limit 1");
  expect(await post(`/jobs/${done?.id}/retry`)).toMatchObject({ status: 409, body: { code: "job_not_failed", state: "completed" } });
});

test("jobs go page by page, and a job that there is not is not found", async () => {
  const ids = [await failedJob(), await failedJob(), await failedJob()];
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { body } = await get<Page<Job>>("/jobs", { limit: "1", ...(cursor ? { cursor } : {}) });
    seen.push(...body.items.map((job) => job.id));
    cursor = body.next_cursor;
  }
  expect(seen.filter((id) => ids.includes(id))).toEqual(ids.toReversed());
  expect(new Set(seen).size).toBe(seen.length);
  await server.database.query("delete from pgboss.job where id = any($1)", [ids]);
  expect(await post("/jobs/01890000-0000-7000-8000-000000000000/retry")).toMatchObject({ status: 404, body: { code: "job_not_found" } });
  expect((await get("/jobs", { state: "lost" })).status).toBe(422);
  expect((await get("/jobs", { cursor: "x" })).status).toBe(422);
});

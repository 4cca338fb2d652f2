import { nextEmail, openTestServer, registerPerson, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JobName } from "./jobs.ts";

let server: TestServer;
beforeAll(async () => {
  // As in production.
  server = await openTestServer({ mailsInOrder: false });
});
afterAll(() => server.close());

const enqueue = (name: JobName, count: number, data: Record<string, string>) =>
  server.app.db.asSystem("a test fills the queue", async (tx) => {
    for (let job = 0; job < count; job += 1) await server.app.jobs.enqueue(tx, name, data);
  });

test("a hundred jobs that came at once are done one after the other, not two at each look", async () => {
  await enqueue("mail.wish_reset", 100, { email: nextEmail(), ip: "203.0.113.7", userAgent: "Test" });
  // Gives up after thirty seconds; two every five would take four minutes.
  await server.settle();
});

test("a job that fails is tried again later and holds up none that came with it", async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => registerPerson(server)));
  await server.settle();
  await server.app.db.asSystem("a test fills the queue", async (tx) => {
    await server.app.jobs.enqueue(tx, "mail.nobody_does_this", {});
    for (const person of people) await server.app.jobs.enqueue(tx, "mail.wish_reset", { email: person.email, ip: null, userAgent: null });
  });
  for (const person of people) expect((await server.mailTo(person.email)).links.join()).toContain("/reset-password?token=");
  const failed = await server.database.query("select state, output from pgboss.job where data->>'name' = 'mail.nobody_does_this'");
  expect(failed).toEqual([{ state: "retry", output: { message: "nobody does the job mail.nobody_does_this" } }]);
  expect(server.logLines().join("")).toContain("job failed; it will be tried again");
});

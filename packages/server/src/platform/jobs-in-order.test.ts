import { openTestServer, registerPerson } from "@gatehouse/testkit";
import { expect, test } from "vitest";

test("where mails go in order, they arrive as they were asked for, however many wait", async () => {
  const server = await openTestServer();
  const people = await Promise.all(Array.from({ length: 12 }, () => registerPerson(server)));
  await server.settle();
  const before = new Set(server.mailbox.summaries().map(({ id }) => id));
  for (const { email } of people) await server.request("POST", "/auth/password/forgot", { body: { email } });
  await server.settle();
  const arrived = server.mailbox.summaries().filter(({ id }) => !before.has(id));
  expect(arrived.flatMap(({ to }) => to)).toEqual(people.map(({ email }) => email));
  await server.close();
});

import { openTestServer, type Person, registerVerified, type TestServer } from "@gatehouse/testkit";
import { inDays, observe, seenSubscription, sellPro } from "@gatehouse/testkit/seen-at-stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tell } from "./tell.ts";

const OPERATORS = "operators@example.com";
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { SUPPORT_EMAIL: OPERATORS } });
  await sellPro(server);
});
afterAll(() => server.close());

const toOperators = async (about: Person) => (await server.mailsTo(OPERATORS)).filter(({ text }) => text.includes(about.account.id));
const subjects = async (person: Person): Promise<string[]> =>
  (await server.mailsTo(person.email))
    .filter(({ message_id }) => message_id?.startsWith("<billing-") === true)
    .map(({ subject }) => subject);
const longAgo = { start_date: 1_700_000_000 };

test("L9: operators are told once of a price that nobody knows, and the customer is not", async () => {
  const ada = await registerVerified(server, { accountName: "Of an unknown price" });
  const items = { data: [{ id: "si_x", quantity: 1, price: { id: "price_of_nobody" }, current_period_end: inDays(server, 30) }] };
  const seen = { subscription: seenSubscription(server, "sub_1", { items }) };
  await observe(server, ada, seen, seen, seen);
  expect(await subjects(ada)).toEqual([]);
  const mails = await toOperators(ada);
  expect(mails.map(({ subject }) => subject)).toEqual(["Testproduct: A subscription has a price that the catalogue does not know"]);
  expect(mails[0]?.text).toContain(`Account: ${ada.account.id}\nTeam: Of an unknown price\nSubscription: sub_1\nStatus at Stripe: active`);
});

test("a status that nobody knows, and a quantity of nought, reach the operators", async () => {
  const ada = await registerVerified(server);
  const items = { data: [{ id: "si_x", quantity: 0, price: { id: "price_pro" }, current_period_end: inDays(server, 30) }] };
  const dormant = seenSubscription(server, "sub_2", { ...longAgo, status: "dormant" });
  await observe(server, ada, { subscription: dormant }, { subscription: seenSubscription(server, "sub_3", { ...longAgo, items }) });
  const told = (await toOperators(ada)).map(({ subject }) => subject);
  expect(told.sort()).toEqual(["Testproduct: A subscription has a status that we do not know", "Testproduct: A subscription has no seats"]);
});

test("L22: a dispute and its end reach the operators, each once, and the customer not at all; also of an account that is deleted", async () => {
  const ada = await registerVerified(server);
  await server.database.query("update accounts set deleted_at = $2 where id = $1", [ada.account.id, server.clock.now()]);
  const disputes = ["stripe.charge.dispute.created", "stripe.charge.dispute.closed"].map((what) => ({
    key: `operator:${what}:dp_1`,
    kind: "operator_dispute",
    details: { event: "evt_1", what, object: "dp_1" },
  }));
  for (let time = 0; time < 3; time += 1)
    await server.app.db.asSystem("a test has heard of a dispute", (tx) => tell(server.app, tx, ada.account.id, disputes));
  expect(await subjects(ada)).toEqual([]);
  const mails = await toOperators(ada);
  expect(mails.map(({ subject }) => subject).sort()).toEqual([
    "Testproduct: A disputed payment was decided",
    "Testproduct: A payment was disputed",
  ]);
  for (const mail of mails) expect(mail.text).toContain("Dispute: dp_1\nEvent: evt_1");
});

test("a notice of a kind that nobody writes is a job that ends", async () => {
  const ada = await registerVerified(server);
  const strange = ["strange", "operator_strange", "constructor"].map((kind) => ({ key: kind, kind, details: { subscription: "sub_0" } }));
  await server.app.db.asSystem("a test tells what nobody knows", (tx) => tell(server.app, tx, ada.account.id, strange));
  expect(await subjects(ada)).toEqual([]);
  const jobs = await server.database.query("select state from pgboss.job where data->'data'->>'key' = any($1)", [
    strange.map(({ key }) => key),
  ]);
  expect(jobs).toEqual(Array(3).fill({ state: "completed" }));
});

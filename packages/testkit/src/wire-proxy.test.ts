import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { openWireProxy, type WireProxy } from "./wire-proxy.ts";

let database: TestDatabase;
let proxy: WireProxy;
beforeAll(async () => {
  database = await openTestDatabase();
  proxy = await openWireProxy(database.serverUrl);
  await database.query("create table notes (text text); grant all on notes to gatehouse_server");
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

const INSERT = { name: "insert", text: "insert into notes (text) values ($1)" };
/** Writes two notes in one transaction, by a statement that is prepared once. */
async function write(client: pg.Client, note: string): Promise<void> {
  await client.query("begin; set local application_name = 'writer'");
  await client.query({ ...INSERT, values: [note] });
  await client.query({ ...INSERT, values: [`${note} again`] });
  await client.query("commit");
}
async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: proxy.url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
const notes = (note: string) => database.query("select text from notes where text like $1", [`${note}%`]);

test("each statement of a transaction is seen with its text, prepared or not, and what is outside of one is not", async () => {
  const client = await connect();
  await client.query("select 1");
  proxy.watch();
  await write(client, "seen");
  await client.query("select 1");
  await write(client, "seen too");
  const whole = ["begin; set local application_name = 'writer'", INSERT.text, INSERT.text, "commit"];
  expect(proxy.seen()).toEqual([whole, whole]);
  await client.end();
  await proxy.drained();
  expect(await notes("seen")).toHaveLength(4);
});

test.each([
  ["before its commit", { statement: 3, when: "before" }, 0],
  ["after its second statement", { statement: 2, when: "after" }, 0],
  ["after its commit", { statement: 3, when: "after" }, 2],
] as const)("a transaction that is halted %s and whose client dies has left all or nothing", async (note, halt, left) => {
  const client = await connect();
  proxy.watch();
  const halted = proxy.haltAt({ transaction: 0, ...halt });
  const written = write(client, note).then(
    () => "told",
    () => "never told",
  );
  await halted;
  expect(proxy.seen()[0]).toHaveLength(halt.statement + 1);
  // No goodbye: the way in which a process dies.
  Object(client).connection.stream.destroy();
  expect(await written).toBe("never told");
  await proxy.drained();
  expect(await notes(note)).toHaveLength(left);
});

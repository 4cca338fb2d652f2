import { openTestServer, type TestServer, testProduct } from "@gatehouse/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { storeCatalogue } from "./catalogue.store.ts";

const [free, pro, team] = testProduct.catalogue.plans;
if (!free || !pro || !team) throw new Error("testProduct has three plans");
const product: typeof testProduct = {
  ...testProduct,
  catalogue: {
    ...testProduct.catalogue,
    flags: [
      { key: "sso", description: "What operators read", default: false },
      { key: "support_hours", description: "What operators read", default: 72 },
    ],
    plans: [free, { ...pro, features: { support_hours: 8 } }, { ...team, features: { sso: true, support_hours: 0 } }],
  },
};

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ product });
});
afterAll(() => server.close());
afterEach(() => server.app.db.asSystem("a test puts the catalogue back", (tx) => storeCatalogue(tx, product.catalogue, "keep")));

interface Plans {
  readonly plans: readonly { key: string; name: string }[];
}
const ask = (headers: Record<string, string> = {}) => server.request<Plans>("GET", "/plans", { headers });
const price = { currency: "usd", per_seat: true };

test("whoever considers buying sees every public plan with what it gives and costs, while billing is dark", async () => {
  const { status, body, text } = await ask();
  expect(status).toBe(200);
  expect(body).toEqual({
    currency: "usd",
    trial: { plan: "pro", days: 14 },
    plans: [
      { key: "free", name: "Free", limits: { seats: 2 }, features: { support_hours: 72 }, prices: [] },
      {
        key: "pro",
        name: "Pro",
        limits: { seats: 10 },
        features: { support_hours: 8 },
        prices: [
          { ...price, interval: "month", amount_minor: 2900, text: "$29.00" },
          { ...price, interval: "year", amount_minor: 29000, text: "$290.00" },
        ],
      },
      {
        key: "team",
        name: "Team",
        limits: { seats: 50 },
        features: { sso: true },
        prices: [{ ...price, per_seat: false, interval: "month", amount_minor: 49000, text: "$490.00" }],
      },
    ],
  });
  expect(text).not.toMatch(/What operators read|price_|prod_/);
});

test("it may be kept for a minute, and is not sent again to whoever has it", async () => {
  const { headers } = await ask();
  const etag = String(headers["etag"]);
  expect(headers["cache-control"]).toBe("public, max-age=60");
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await ask({ "if-none-match": known });
    expect([again.status, again.text, again.headers["etag"]], known).toEqual([304, "", etag]);
  }
  for (const other of ['"other"', etag.slice(1, -1), ""]) expect((await ask({ "if-none-match": other })).status, other).toBe(200);
});

test("the tag is another as soon as anything is another", async () => {
  const before = String((await ask()).headers["etag"]);
  await server.database.query("update plans set name = 'Gold' where key = 'pro'");
  const after = await ask({ "if-none-match": before });
  expect(after.status).toBe(200);
  expect(after.headers["etag"]).not.toBe(before);
  expect(after.body.plans[1]).toMatchObject({ name: "Gold" });
});

test("a plan that is not public is not shown, nor one that the catalogue file no longer has; the order is the table's", async () => {
  await server.database.query("update plans set is_public = false where key = 'pro'");
  await server.database.query("update plans set position = 7 where key = 'free'");
  await server.database.query("insert into plans (key, name, is_public, position) values ('gone', 'Gone', true, 3)");
  expect((await ask()).body.plans.map(({ key }) => key)).toEqual(["team", "free"]);
  await server.database.query("delete from plans where key = 'gone'");
});

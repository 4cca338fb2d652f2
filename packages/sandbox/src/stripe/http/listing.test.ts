import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestShop, type TestShop } from "../open-test-shop.ts";

let shop: TestShop;
let ids: string[];
beforeEach(async () => {
  shop = await openTestShop();
  ids = [];
  for (let index = 0; index < 25; index += 1) ids.unshift(await shop.customer({ metadata: { index: String(index) } }));
});
afterEach(() => shop.stop());

const idsOf = (list: { data: { id: string }[] }): string[] => list.data.map(({ id }) => id);

test("a list gives ten, newest first, and says that there is more", async () => {
  const page = await shop.stripe.customers.list();
  expect(idsOf(page)).toEqual(ids.slice(0, 10));
  expect(page.has_more).toBe(true);
});

test("starting_after goes on to what is older", async () => {
  const page = await shop.stripe.customers.list({ limit: 100, starting_after: ids[9] ?? "" });
  expect(idsOf(page)).toEqual(ids.slice(10));
  expect(page.has_more).toBe(false);
});

test("ending_before gives what is just newer, newest first", async () => {
  const page = await shop.stripe.customers.list({ limit: 5, ending_before: ids[12] ?? "" });
  expect(idsOf(page)).toEqual(ids.slice(7, 12));
  expect(page.has_more).toBe(true);
});

test("B5: auto-pagination comes to the end and misses none", async () => {
  const seen: string[] = [];
  for await (const { id } of shop.stripe.customers.list({ limit: 4 })) seen.push(id);
  expect(seen).toEqual(ids);
});

test.each([0, 101])("a limit of %i is refused", async (limit) => {
  await expect(shop.stripe.customers.list({ limit })).rejects.toMatchObject({ statusCode: 400, param: "limit" });
});

test("an unknown cursor is refused", async () => {
  await expect(shop.stripe.customers.list({ starting_after: "cus_none" })).rejects.toMatchObject({ code: "resource_missing" });
});

test("B4: the default list of subscriptions leaves canceled ones out, and status=all has them", async () => {
  const first = await shop.subscribed();
  const other = await shop.subscribed();
  await shop.stripe.subscriptions.cancel(other.subscription);
  expect(idsOf(await shop.stripe.subscriptions.list())).toEqual([first.subscription]);
  expect(idsOf(await shop.stripe.subscriptions.list({ status: "all" }))).toEqual([other.subscription, first.subscription]);
  expect(idsOf(await shop.stripe.subscriptions.list({ status: "canceled" }))).toEqual([other.subscription]);
  expect(idsOf(await shop.stripe.subscriptions.list({ customer: first.customer, status: "all" }))).toEqual([first.subscription]);
});

test("B2: events are listed from beyond the last seen one, also by type", async () => {
  const [before] = (await shop.stripe.events.list({ limit: 1 })).data;
  const { subscription } = await shop.subscribed();
  const page = await shop.stripe.events.list({ limit: 100, ending_before: before?.id ?? "" });
  expect(page.data.at(-1)?.type).toBe("customer.created");
  expect(page.data[0]?.type).toBe("checkout.session.completed");
  const created = await shop.stripe.events.list({ ending_before: before?.id ?? "", types: ["customer.subscription.created"] });
  expect(created.data).toMatchObject([{ data: { object: { id: subscription } } }]);
});

test("events older than 30 days are gone, also as a cursor", async () => {
  const [first] = shop.standIn.engine.events();
  await shop.passDays(31);
  expect(await shop.stripe.events.list()).toMatchObject({ data: [] });
  await expect(shop.stripe.events.list({ ending_before: first?.id ?? "" })).rejects.toMatchObject({ code: "resource_missing" });
  await expect(shop.stripe.events.retrieve(first?.id ?? "")).rejects.toMatchObject({ statusCode: 404 });
});

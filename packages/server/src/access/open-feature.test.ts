import { addDays } from "@gatehouse/core";
import { openTestServer, type Person, registerPerson, TEST_START, type TestServer, testProduct } from "@gatehouse/testkit";
import { plantOverrides } from "@gatehouse/testkit/overrides";
import { catalogueWithFlags } from "@gatehouse/testkit/product-with-flags";
import { type Client, OpenFeature } from "@openfeature/server-sdk";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { featuresOfAccount, gatehouseProvider } from "./open-feature.ts";

let server: TestServer;
let ada: Person;
let flags: Client;
beforeAll(async () => {
  server = await openTestServer({ product: { ...testProduct, catalogue: catalogueWithFlags } });
  ada = await registerPerson(server);
  await OpenFeature.setProviderAndWait("test", gatehouseProvider(featuresOfAccount(server.app)));
  flags = OpenFeature.getClient("test");
});
afterAll(async () => {
  await OpenFeature.close();
  await server.close();
});
beforeEach(async () => {
  server.clock.set(TEST_START);
  await plantOverrides(server, ada.account.id, {});
});
const asAda = () => ({ targetingKey: ada.account.id });

test("each kind of flag is answered with its reason, and the layer as its variant", async () => {
  await plantOverrides(server, ada.account.id, { features: { theme: { value: "red" } } });
  expect(await flags.getBooleanDetails("search", false, asAda())).toMatchObject({
    value: true,
    reason: "DEFAULT",
    variant: "flag_default",
  });
  expect(await flags.getBooleanDetails("copilot", false, asAda())).toMatchObject({
    value: true,
    reason: "TARGETING_MATCH",
    variant: "plan_default",
  });
  expect(await flags.getNumberDetails("hours", 1, asAda())).toMatchObject({
    value: 24,
    reason: "TARGETING_MATCH",
    variant: "plan_default",
  });
  expect(await flags.getStringDetails("theme", "", asAda())).toMatchObject({
    value: "red",
    reason: "TARGETING_MATCH",
    variant: "account_override",
  });
});

test("what is off is answered as off, and not as unknown", async () => {
  const details = await flags.getBooleanDetails("sso", true, asAda());
  expect(details).toMatchObject({ value: false, reason: "DEFAULT", variant: "flag_default" });
  expect(details.errorCode).toBeUndefined();
});

test("it answers of now: when the trial ends, the plan's flags go", async () => {
  server.clock.set(new Date(addDays(TEST_START, 14).getTime() - 1));
  expect(await flags.getBooleanValue("copilot", false, asAda())).toBe(true);
  server.clock.set(addDays(TEST_START, 14));
  expect(await flags.getBooleanValue("copilot", true, asAda())).toBe(false);
});

test("a wrong question gets the caller's own default, and why", async () => {
  const failed = (errorCode: string, value: unknown) => ({ value, reason: "ERROR", errorCode });
  expect(await flags.getBooleanDetails("copilott", true, asAda())).toMatchObject(failed("FLAG_NOT_FOUND", true));
  expect(await flags.getBooleanDetails("hours", true, asAda())).toMatchObject(failed("TYPE_MISMATCH", true));
  expect(await flags.getStringDetails("copilot", "mine", asAda())).toMatchObject(failed("TYPE_MISMATCH", "mine"));
  expect(await flags.getNumberDetails("theme", 9, asAda())).toMatchObject(failed("TYPE_MISMATCH", 9));
  expect(await flags.getObjectDetails("theme", { a: 1 }, asAda())).toMatchObject(failed("TYPE_MISMATCH", { a: 1 }));
  expect(await flags.getBooleanDetails("copilot", true)).toMatchObject(failed("TARGETING_KEY_MISSING", true));
  const nowhere = { targetingKey: "01890000-0000-7000-8000-000000000000" };
  expect(await flags.getBooleanDetails("copilot", true, nowhere)).toMatchObject(failed("INVALID_CONTEXT", true));
  // No id at all: it never reaches PostgreSQL.
  expect(await flags.getBooleanDetails("copilot", true, { targetingKey: "'; drop table users" })).toMatchObject(failed("GENERAL", true));
});

import { openTestServer, type TestServer } from "@gatehouse/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "./app.ts";
import { readSetting, writeSetting } from "./settings.store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ env: { SANDBOX: "on" } });
});
afterAll(() => server.close());
const within = <T>(work: (tx: Tx) => Promise<T>) => server.app.db.asSystem("a test", work);
const AT = new Date(Date.UTC(2026, 0, 1));

test("a setting that was never written is nothing", async () => {
  expect(await within((tx) => readSetting(tx, "signup_mode"))).toBeNull();
});

test("a setting is written, replaced and taken away", async () => {
  await within((tx) => writeSetting(tx, "signup_mode", "closed", AT));
  expect(await within((tx) => readSetting(tx, "signup_mode"))).toBe("closed");
  await within((tx) => writeSetting(tx, "signup_mode", "open", AT));
  expect(await within((tx) => readSetting(tx, "signup_mode"))).toBe("open");
  await within((tx) => writeSetting(tx, "signup_mode", null, AT));
  expect(await within((tx) => readSetting(tx, "signup_mode"))).toBeNull();
  await within((tx) => writeSetting(tx, "signup_mode", null, AT));
});

test("the sandbox's clock is moved for every process, adds up, and never runs back", async () => {
  const other = await openTestServer({ beside: server });
  const started = server.clock.now().getTime();
  await server.gatehouse.advanceClock(1000);
  await other.gatehouse.advanceClock(500);
  expect(server.clock.now().getTime() - started).toBe(1500);
  expect(server.clock.wall().getTime()).toBe(started);
  await expect(server.gatehouse.advanceClock(-1)).rejects.toThrow(RangeError);
  expect(await within((tx) => readSetting(tx, "clock_offset_ms"))).toBe(1500);
  await other.close();
});

test("outside the sandbox nobody can move the clock, not even with the row", async () => {
  const real = await openTestServer({ env: { SANDBOX: "off" } });
  await real.app.db.asSystem("a test", (tx) => writeSetting(tx, "clock_offset_ms", 86_400_000, AT));
  await expect(real.gatehouse.advanceClock(1)).rejects.toThrow("only the sandbox");
  const restarted = await openTestServer({ beside: real, env: { SANDBOX: "off" } });
  expect(restarted.clock.now()).toEqual(restarted.clock.wall());
  await restarted.close();
  await real.close();
});

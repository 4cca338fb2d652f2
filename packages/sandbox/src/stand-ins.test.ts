import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StandIns, startStandIns } from "./stand-ins.ts";

let home: string;
const started: StandIns[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
});
afterEach(async () => {
  for (const standIns of started.splice(0).toReversed()) await standIns.stop();
  await rm(home, { recursive: true, force: true });
});

async function start(
  holdsMailbox: boolean,
  parts: { mail: boolean; stripe: boolean; google?: boolean; microsoft?: boolean },
): Promise<StandIns> {
  const clock = { now: () => new Date(Date.UTC(2026, 0, 1)) };
  const baseUrl = holdsMailbox ? "http://localhost:4000" : null;
  const standIns = await startStandIns({
    home,
    uid: 0,
    parts: { database: false, google: false, microsoft: false, ...parts },
    holdsMailbox,
    baseUrl,
    origin: baseUrl,
    clock,
    log: () => undefined,
  });
  started.push(standIns);
  return standIns;
}
const ALL = { mail: true, stripe: true, google: true, microsoft: true };

test("the process that serves plays Stripe, and a worker beside it finds the same one", async () => {
  const api = await start(true, ALL);
  const worker = await start(false, ALL);
  expect(worker.stripe).toBeNull();
  expect(worker.variables).toEqual(api.variables);
  expect(api.variables).toMatchObject({
    STRIPE_API_BASE: api.stripe?.apiBase,
    STRIPE_SECRET_KEY: api.stripe?.secretKey,
    STRIPE_WEBHOOK_SECRET: api.stripe?.webhookSecret,
    GOOGLE_ISSUER: "http://localhost:4000/sandbox/google",
    MICROSOFT_ISSUER: "http://localhost:4000/sandbox/microsoft/common/v2.0",
  });
  expect(api.stripe?.pagesUrl).toBe("http://localhost:4000/sandbox/stripe");
  // The keys are for nobody else on this machine to read.
  expect((await stat(join(home, "stripe.json"))).mode & 0o077).toBe(0);
});

test("a worker without a server beside it says what to start first", async () => {
  await expect(start(false, { mail: false, stripe: true })).rejects.toThrow(
    "The sandbox's Stripe belongs to the process that serves the API",
  );
  await expect(start(false, { mail: true, stripe: false })).rejects.toThrow(
    "The sandbox's mailbox belongs to the process that serves the API",
  );
});

test("where Stripe is real none is played, and no variable of it is given", async () => {
  const standIns = await start(true, { mail: true, stripe: false });
  expect(standIns.stripe).toBeNull();
  expect(Object.keys(standIns.variables).filter((name) => name.startsWith("STRIPE"))).toEqual([]);
});

test("each sandbox has keys of its own, and keeps them from start to start", async () => {
  const first = await start(true, ALL);
  await started.pop()?.stop();
  const again = await start(true, ALL);
  expect(again.variables["STRIPE_SECRET_KEY"]).toBe(first.variables["STRIPE_SECRET_KEY"]);
  home = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  expect((await start(true, ALL)).variables["STRIPE_SECRET_KEY"]).not.toBe(first.variables["STRIPE_SECRET_KEY"]);
});

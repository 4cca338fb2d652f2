/**
 * Resolves what a request needs again and again, in a process that does nothing else: how long each takes, and how many bytes it allocates.
 * Beside it an OpenFeature client with its in-memory provider, which has the same flags and no layers.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { addDays, DEFAULT_POLICY, decideAccess, type LimitFacts, resolveFeatures, resolveLimits } from "@gatehouse/core";
import { featuresAt, openFeatureResolver } from "@gatehouse/server/access/feature-resolver";
import { gatehouseProvider } from "@gatehouse/server/access/open-feature";
import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { resolutionFlow } from "@resolutionflow/api";
import { z } from "zod";

const question = z.object({ what: z.string(), milliseconds: z.number() });
const { catalogue } = resolutionFlow;
const app = { catalogue, policy: DEFAULT_POLICY };
const now = new Date();
const override = { reason: "a pilot", setBy: null, setAt: now, expiresAt: addDays(now, 9) };
const facts = {
  access: { trial: { plan: "pro", startsAt: now, endsAt: addDays(now, 14) }, grants: [], stripe: [], accountDeletedAt: null },
  overrides: { features: [{ ...override, key: "sso", value: true }], limits: [{ ...override, key: "max_trees", value: 500 }] },
};
const limitFacts: LimitFacts = {
  access: facts.access,
  planLimits: catalogue.plans.flatMap(({ key: plan, limits }) => Object.entries(limits).map(([key, limit]) => ({ plan, key, limit }))),
  plansBySeat: ["pro"],
  overrides: facts.overrides.limits,
};
const kept = openFeatureResolver(app);
const inMemory = await clientOf(
  "in-memory",
  new InMemoryProvider(
    Object.fromEntries(
      catalogue.flags.map(({ key, default: value }) => [key, { variants: { is: value }, defaultVariant: "is", disabled: false }]),
    ),
  ),
);
const ours = await clientOf(
  "ours",
  gatehouseProvider(() => Promise.resolve(kept(facts, now))),
);
const context = { targetingKey: "01900000-0002-7000-8000-000000000001" };

/** Each reads or does what one request does; an asynchronous one is awaited before the next. */
const WORK: Readonly<Record<string, () => unknown>> = {
  kept: () => kept(facts, now).byKey.get("copilot")?.value,
  features: () => featuresAt(app, facts, now).byKey.get("copilot")?.value,
  everything: () => [
    decideAccess(facts.access, now, app.policy),
    resolveFeatures(catalogue, { access: facts.access, overrides: facts.overrides.features }, now, app.policy),
    resolveLimits(limitFacts, now, app.policy),
  ],
  inMemory: () => inMemory.getBooleanValue("copilot", false, context),
  ours: () => ours.getBooleanValue("copilot", false, context),
};

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
/** So few that what they allocate fits into the young generation: nothing is collected while it is counted. */
const COUNTED_AT_ONCE = 500;
const COUNTS = 15;

process.on("disconnect", () => process.exit());
process.on("message", (message) => void run(question.parse(message)).then((answer) => process.send?.(answer)));
process.send?.({});

async function run({ what, milliseconds }: z.infer<typeof question>) {
  const work = WORK[what];
  if (!work) throw new Error(`nothing is called ${what}`);
  await repeat(work, 5_000);
  const begun = performance.now();
  let done = 0;
  while (performance.now() - begun < milliseconds) {
    await repeat(work, 1_000);
    done += 1_000;
  }
  const microseconds = ((performance.now() - begun) * 1000) / done;
  return { microseconds, bytes: await bytesOf(work) };
}

async function repeat(work: () => unknown, times: number): Promise<void> {
  const first = work();
  if (first instanceof Promise) {
    await first;
    for (let turn = 1; turn < times; turn += 1) await work();
  } else for (let turn = 1; turn < times; turn += 1) work();
}

async function bytesOf(work: () => unknown): Promise<number> {
  const counted: number[] = [];
  for (let count = 0; count < COUNTS; count += 1) {
    collect();
    const before = process.memoryUsage().heapUsed;
    await repeat(work, COUNTED_AT_ONCE);
    counted.push((process.memoryUsage().heapUsed - before) / COUNTED_AT_ONCE);
  }
  return counted.sort((a, b) => a - b)[Math.floor(COUNTS / 2)] ?? Number.NaN;
}

async function clientOf(domain: string, provider: Parameters<typeof OpenFeature.setProviderAndWait>[1]) {
  await OpenFeature.setProviderAndWait(domain, provider);
  return OpenFeature.getClient(domain);
}

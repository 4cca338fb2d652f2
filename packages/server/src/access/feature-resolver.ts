import { type FlagValue, type Resolution, resolveFeatures } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import type { SessionFacts } from "./facts.store.ts";

export type FeatureParts = Pick<App, "catalogue" | "policy">;
/** What decides the flags of a session: its facts hold more. */
export type FeatureSource = Pick<SessionFacts, "access" | "overrides">;
export type FeatureResolver = (facts: FeatureSource, now: Date) => Resolution<FlagValue>;

/** In Unix milliseconds, as the guards keep their verdicts. */
interface Kept {
  readonly resolution: Resolution<FlagValue>;
  readonly from: number;
  readonly until: number;
}

/** Resolves all flags of some facts at once, and not again for the same facts before the answer can have changed. */
export function openFeatureResolver(app: FeatureParts): FeatureResolver {
  const kept = new WeakMap<FeatureSource, Kept>();
  return (facts, now) => {
    const at = now.getTime();
    const known = kept.get(facts);
    if (known && at >= known.from && at < known.until) return known.resolution;
    const resolution = featuresAt(app, facts, now);
    kept.set(facts, { resolution, from: at, until: resolution.until?.getTime() ?? Number.POSITIVE_INFINITY });
    return resolution;
  };
}

/** What the flags are at `now`, resolved anew. */
export const featuresAt = (app: FeatureParts, { access, overrides }: FeatureSource, now: Date): Resolution<FlagValue> =>
  resolveFeatures(app.catalogue, { access, overrides: overrides.features }, now, app.policy);

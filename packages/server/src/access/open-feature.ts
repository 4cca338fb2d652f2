import type { FlagValue, Resolution } from "@gatehouse/core";
import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  StandardResolutionReasons,
} from "@openfeature/server-sdk";
import type { App } from "../platform/app.ts";
import { loadFeatureSource } from "./facts.store.ts";
import { type FeatureParts, featuresAt } from "./feature-resolver.ts";

/** What the flags of an account are; null: there is no such account. */
export type FeaturesOfAccount = (accountId: string) => Promise<Resolution<FlagValue> | null>;

/** Reads what decides the flags of an account in one statement, from PostgreSQL and not from a cache. */
export const featuresOfAccount =
  (app: FeatureParts & Pick<App, "db" | "clock">): FeaturesOfAccount =>
  (accountId) =>
    app.db.forAccount(accountId, async (tx) => {
      const source = await loadFeatureSource(tx, accountId);
      return source && featuresAt(app, source, app.clock.now());
    });

/**
 * The flags as an OpenFeature provider, for code that speaks to that SDK. The context's targeting key is the account's id; the variant is
 * the layer that decided. A flag's own default has the reason DEFAULT, what a plan or an operator says TARGETING_MATCH.
 *
 * It never throws for a wrong question: the SDK's caller gets their default, and why.
 * @see https://openfeature.dev/specification/sections/providers (2.2: evaluation, error codes)
 */
export function gatehouseProvider(resolve: FeaturesOfAccount): Provider {
  const evaluate = async <Value extends JsonValue>(
    key: string,
    fallback: Value,
    context: EvaluationContext,
    narrow: (value: FlagValue) => Value | undefined,
  ): Promise<ResolutionDetails<Value>> => {
    const accountId = context.targetingKey;
    if (!accountId) return failed(fallback, ErrorCode.TARGETING_KEY_MISSING, "the targeting key is the id of the account");
    const features = await resolve(accountId);
    if (!features) return failed(fallback, ErrorCode.INVALID_CONTEXT, "there is no such account");
    const answer = features.byKey.get(key);
    if (!answer)
      return failed(fallback, ErrorCode.FLAG_NOT_FOUND, `there is no flag ${key}; there are ${[...features.byKey.keys()].join(", ")}`);
    const value = narrow(answer.value);
    if (value === undefined) return failed(fallback, ErrorCode.TYPE_MISMATCH, `the flag ${key} is a ${typeof answer.value}`);
    const { DEFAULT, TARGETING_MATCH } = StandardResolutionReasons;
    return { value, variant: answer.layer, reason: answer.layer === "flag_default" ? DEFAULT : TARGETING_MATCH };
  };
  return {
    metadata: { name: "gatehouse" },
    runsOn: "server",
    resolveBooleanEvaluation: (key, fallback, context) =>
      evaluate(key, fallback, context, (value) => (typeof value === "boolean" ? value : undefined)),
    resolveStringEvaluation: (key, fallback, context) =>
      evaluate(key, fallback, context, (value) => (typeof value === "string" ? value : undefined)),
    resolveNumberEvaluation: (key, fallback, context) =>
      evaluate(key, fallback, context, (value) => (typeof value === "number" ? value : undefined)),
    // No flag of ours is an object.
    resolveObjectEvaluation: (key, fallback, context) => evaluate(key, fallback, context, () => undefined),
  };
}

const failed = <Value>(value: Value, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<Value> => ({
  value,
  reason: StandardResolutionReasons.ERROR,
  errorCode,
  errorMessage,
});

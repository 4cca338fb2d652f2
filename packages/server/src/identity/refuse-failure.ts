import type { App } from "../platform/app.ts";
import { OauthFailure } from "../platform/oauth/provider.ts";
import { refuse } from "../platform/refuse.ts";

const RETRY_SECONDS = 5;

/**
 * Says in one plain refusal what went wrong with a provider, and the exact cause, one word of our own, to the log alone: neither helps an
 * attacker nor shows what the provider sent (OI-18).
 * @throws Refusal oauth_failed | oauth_provider_failed | oauth_provider_unavailable, or `error` itself where it is none of a provider
 */
export function refuseFailure(app: Pick<App, "log">, provider: string, error: unknown): never {
  if (!(error instanceof OauthFailure)) throw error;
  app.log.warn({ provider, cause: error.word }, "a sign-in with a provider was refused");
  switch (error.kind) {
    case "refused":
      return refuse("oauth_failed");
    case "failed":
      return refuse("oauth_provider_failed");
    case "unavailable":
      return refuse("oauth_provider_unavailable", { retryAfterSeconds: RETRY_SECONDS });
  }
}

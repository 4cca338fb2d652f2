import * as client from "openid-client";
import type { BoundedFetch } from "./bounded-fetch.ts";
import { OauthFailure } from "./provider.ts";

/**
 * Lets openid-client ask by `fetch`, and says what went wrong in our words: a failure of the provider as `fetch` saw it, and else by the
 * code of what the library found, never by its text, which may hold what the provider sent.
 * @throws OauthFailure
 */
export async function askFaithfully<T>(fetch: BoundedFetch, work: (fetch: BoundedFetch) => Promise<T>): Promise<T> {
  const failures: OauthFailure[] = [];
  try {
    return await work(async (url, init) => {
      try {
        return await fetch(url, init);
      } catch (error) {
        if (error instanceof OauthFailure) failures.push(error);
        throw error;
      }
    });
  } catch (error) {
    const [first] = failures;
    if (first) throw first;
    throw error instanceof OauthFailure ? error : judge(error);
  }
}

function judge(error: unknown): OauthFailure {
  // 4xx with an OAuth error: the code was wrong, used, or not begun by us; or our own secret is wrong, which no person can mend.
  if (error instanceof client.ResponseBodyError) {
    const isOurs = error.error === "invalid_client" || error.error === "unauthorized_client";
    return isOurs ? new OauthFailure("failed", "client_refused") : new OauthFailure("refused", "code_refused");
  }
  const code = String(Object(error).code ?? "");
  return code.startsWith("OAUTH_JWT_") ? new OauthFailure("refused", "id_token_claims") : new OauthFailure("failed", "provider_answer");
}

export const asFetch =
  (fetch: BoundedFetch): client.CustomFetch =>
  (url, { method, headers, body }) =>
    fetch(url, { method, headers, ...(body === undefined || body === null ? {} : { body }) });

/** Plain http only on loopback outside production, as the configuration has checked. */
export const allowances = (issuer: string): ((config: client.Configuration) => void)[] =>
  issuer.startsWith("https:") ? [] : [client.allowInsecureRequests];

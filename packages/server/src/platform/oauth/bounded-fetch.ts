import { stopwatch } from "../clock.ts";
import { OauthFailure } from "./provider.ts";

/** Discovery documents, key sets and tokens have some kilobytes. */
const BYTES_MAX = 1024 * 1024;

/** As `fetch`; all requests of one share a deadline. */
export type BoundedFetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Asks a provider within bounds: all requests end by one deadline, an answer is read to its end or to 1 MiB, and no redirect is followed,
 * for the request may carry the client secret (OI-12).
 * @param seconds for everything that is asked, from now on
 * @throws OauthFailure unavailable (away, slow, 429) | failed (5xx, redirect, too large)
 */
export function boundedFetch(seconds: number): BoundedFetch {
  const end = stopwatch() + seconds;
  return async (url, init) => {
    const signal = AbortSignal.timeout(Math.max(1, Math.floor((end - stopwatch()) * 1000)));
    try {
      const response = await fetch(url, { ...init, redirect: "manual", signal });
      const body = await readBody(response);
      if (response.status === 429) throw new OauthFailure("unavailable", "provider_too_busy");
      if (response.status >= 300 && response.status < 400) throw new OauthFailure("failed", "provider_redirects");
      if (response.status >= 500) throw new OauthFailure("failed", "provider_error");
      const contentType = response.headers.get("content-type");
      return new Response(body, { status: response.status, headers: contentType === null ? {} : { "content-type": contentType } });
    } catch (error) {
      if (error instanceof OauthFailure) throw error;
      throw new OauthFailure("unavailable", signal.aborted ? "provider_too_slow" : "provider_unreachable");
    }
  };
}

async function readBody(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    // Leaving the loop ends the connection: nothing more is read.
    if (bytes > BYTES_MAX) throw new OauthFailure("failed", "provider_answer_too_large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

import * as client from "openid-client";
import { stopwatch } from "../clock.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";
import { allowances, asFetch, askFaithfully } from "./faithful.ts";
import { OauthFailure, type OidcProvider, type PlainOauthProvider, type Provider, type ProviderSettings } from "./provider.ts";

/** Endpoints change rarely, and are told ahead. */
const FRESH_SECONDS = 3600;

export type Metadata = client.ServerMetadata;

/** The provider's endpoints, read at the first use and kept for an hour; a failure is kept by nobody (OI-13). @throws OauthFailure */
export function openDiscovery(provider: Provider, settings: ProviderSettings): (fetch: BoundedFetch) => Promise<Metadata> {
  if (provider.kind === "oauth2") return () => Promise.resolve(plainMetadata(provider, settings));
  let known: { metadata: Metadata; readAt: number } | null = null;
  let reading: Promise<Metadata> | null = null;
  return (fetch) => {
    if (known && stopwatch() - known.readAt <= FRESH_SECONDS) return Promise.resolve(known.metadata);
    // Who comes while it is being read waits for that answer.
    reading ??= askFaithfully(fetch, (faithful) => discover(provider, settings, faithful))
      .then((metadata) => {
        known = { metadata, readAt: stopwatch() };
        return metadata;
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
}

function plainMetadata(provider: PlainOauthProvider, { issuer }: ProviderSettings): Metadata {
  const { authorization, token } = provider.endpoints(issuer);
  return { issuer, authorization_endpoint: authorization, token_endpoint: token };
}

async function discover(provider: OidcProvider, { clientId, issuer }: ProviderSettings, fetch: BoundedFetch): Promise<Metadata> {
  // By its whole address, so that the library leaves the issuer to us: Microsoft names a template.
  const found = await client.discovery(new URL(`${issuer}/.well-known/openid-configuration`), clientId, undefined, undefined, {
    [client.customFetch]: asFetch(fetch),
    execute: allowances(issuer),
  });
  const metadata = { ...found.serverMetadata() };
  if (!provider.isDiscovered(metadata.issuer, issuer)) throw new OauthFailure("failed", "discovery_issuer");
  for (const endpoint of [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri]) {
    const isRight = typeof endpoint === "string" && URL.canParse(endpoint) && isAsSafe(endpoint, issuer);
    if (!isRight) throw new OauthFailure("failed", "discovery_endpoints");
  }
  return metadata;
}

/** Code, secret and keys travel there: never less protected than the issuer itself. */
const isAsSafe = (endpoint: string, issuer: string): boolean => endpoint.startsWith("https:") || issuer.startsWith("http:");

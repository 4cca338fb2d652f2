import type { JWK } from "jose";
import * as client from "openid-client";
import type { Clock } from "../clock.ts";
import { type BoundedFetch, boundedFetch } from "./bounded-fetch.ts";
import { type Metadata, openDiscovery } from "./discovery.ts";
import { allowances, asFetch, askFaithfully } from "./faithful.ts";
import { checkIdToken, claimsUnchecked } from "./id-token.ts";
import { openKeySet } from "./key-set.ts";
import {
  OauthFailure,
  type OidcProvider,
  type PlainOauthProvider,
  type Provider,
  type ProviderPerson,
  type ProviderSettings,
} from "./provider.ts";

/** A person waits: whatever the provider does, the answer comes within ten seconds. */
const SECONDS = 8;

/** What makes a sign-in single and this browser's: random or derived, 256 bits each. */
export interface FlowSecrets {
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636, 4.1. */
  readonly verifier: string;
}
/** What the provider sent to the redirect URI, its state already checked. */
export interface ProviderAnswer {
  readonly code: string;
  readonly iss: string | null;
}

/** One provider that is set up. */
export interface OauthClient {
  readonly provider: Provider;
  /** @throws OauthFailure unavailable | failed */
  authorizationUrl(secrets: FlowSecrets): Promise<string>;
  /** Exchanges the code and checks everything that comes of it. @throws OauthFailure */
  arrive(answer: ProviderAnswer, secrets: FlowSecrets): Promise<ProviderPerson>;
}

interface Parts {
  readonly provider: Provider;
  readonly settings: ProviderSettings;
  readonly redirectUri: string;
  readonly clock: Pick<Clock, "wall">;
  /** For tests of what happens when a provider is slow. */
  readonly seconds?: number;
}

export function openOauthClient(parts: Parts): OauthClient {
  const metadataOf = openDiscovery(parts.provider, parts.settings);
  const keySet = openKeySet();
  const configured = async (fetch: BoundedFetch, as?: Partial<client.ServerMetadata>): Promise<client.Configuration> =>
    configure(parts, { ...(await metadataOf(fetch)), ...as }, fetch);
  return {
    provider: parts.provider,
    authorizationUrl: (secrets) =>
      askFaithfully(boundedFetch(parts.seconds ?? SECONDS), async (fetch) => {
        const url = client.buildAuthorizationUrl(await configured(fetch), {
          ...parts.provider.parameters,
          redirect_uri: parts.redirectUri,
          scope: parts.provider.scope,
          state: secrets.state,
          code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
          code_challenge_method: "S256",
          ...(parts.provider.kind === "oidc" ? { nonce: secrets.nonce } : {}),
        });
        return url.href;
      }),
    arrive: (answer, secrets) =>
      askFaithfully(boundedFetch(parts.seconds ?? SECONDS), async (fetch) => {
        const metadata = await metadataOf(fetch);
        checkAnswerIssuer(parts, metadata, answer.iss);
        const ask = { ...parts, metadata, answer, secrets, fetch };
        const { provider } = parts;
        const person =
          provider.kind === "oidc"
            ? await arriveByIdToken({ ...ask, provider, keys: (kid) => keySet.keys(metadata.jwks_uri ?? "", kid, fetch) })
            : await arriveByApi({ ...ask, provider });
        return typeof person === "string" ? refused(person) : person;
      }),
  };
}

interface Ask extends Parts {
  readonly metadata: Metadata;
  readonly answer: ProviderAnswer;
  readonly secrets: FlowSecrets;
  readonly fetch: BoundedFetch;
}

function configure({ settings }: Parts, metadata: Metadata, fetch: BoundedFetch): client.Configuration {
  const methods = metadata.token_endpoint_auth_methods_supported;
  const authentication =
    methods === undefined || methods.includes("client_secret_basic") ? client.ClientSecretBasic : client.ClientSecretPost;
  const configuration = new client.Configuration(metadata, settings.clientId, undefined, authentication(settings.clientSecret));
  configuration[client.customFetch] = asFetch(fetch);
  for (const allow of allowances(settings.issuer)) allow(configuration);
  return configuration;
}

/** RFC 9207: where an issuer came along with the code, it must be the one that we asked (OI-6). */
function checkAnswerIssuer({ provider, settings }: Parts, metadata: Metadata, iss: string | null): void {
  if (iss === null) {
    if (metadata.authorization_response_iss_parameter_supported === true) refused("answer_issuer_missing");
    return;
  }
  const tenant = /\/([0-9a-f-]{36})\//i.exec(iss)?.[1];
  const ofTenant = provider.kind === "oidc" ? provider.issuerOf(metadata.issuer, { tid: tenant }) : null;
  if (iss !== metadata.issuer && iss !== settings.issuer && iss !== ofTenant) refused("answer_issuer");
}

async function arriveByIdToken(ask: Ask & { provider: OidcProvider; keys(kid: string | undefined): Promise<readonly JWK[]> }) {
  const { provider, settings, metadata, secrets, clock } = ask;
  const answered = await exchange(ask);
  const idToken = answered.body["id_token"];
  const accessToken = answered.body["access_token"];
  if (typeof idToken !== "string" || typeof accessToken !== "string") throw new OauthFailure("failed", "provider_answer");
  const issuer = provider.issuerOf(metadata.issuer, claimsUnchecked(idToken)) ?? refused("id_token_issuer");
  const claims = await checkIdToken(idToken, {
    issuer,
    clientId: settings.clientId,
    nonce: secrets.nonce,
    accessToken,
    now: clock.wall(),
    keys: async (kid) => (await ask.keys(kid)).filter((key) => provider.mayKeySign(key, issuer, metadata.issuer)),
  });
  await answered.checkedBy(issuer);
  return provider.person(claims, settings);
}

async function arriveByApi(ask: Ask & { provider: PlainOauthProvider }) {
  const answered = await exchange(ask);
  await answered.checkedBy(ask.metadata.issuer);
  const accessToken = String(answered.body["access_token"]);
  return ask.provider.person(async (url) => {
    const response = await ask.fetch(url, { headers: { accept: "application/json", authorization: `Bearer ${accessToken}` } });
    if (response.status !== 200) throw new OauthFailure("failed", "provider_profile");
    return response.json();
  }, ask.settings);
}

interface Answered {
  /** As it came. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Lets openid-client judge the answer, once it is known which issuer it must name: with many tenants only the token tells. */
  checkedBy(issuer: string): Promise<void>;
}

/** Sends the code. The answer is read first and judged after, and sent for once. */
async function exchange(ask: Ask): Promise<Answered> {
  const kept: { text: string; status: number; type: string }[] = [];
  const grant = (issuer: string, fetch: BoundedFetch) =>
    client.authorizationCodeGrant(
      configure(ask, { ...ask.metadata, issuer, authorization_response_iss_parameter_supported: false }, fetch),
      new URL(`${ask.redirectUri}?${new URLSearchParams({ code: ask.answer.code, state: ask.secrets.state })}`),
      {
        pkceCodeVerifier: ask.secrets.verifier,
        expectedState: ask.secrets.state,
        ...(ask.provider.kind === "oidc" ? { expectedNonce: ask.secrets.nonce, idTokenExpected: true } : {}),
      },
    );
  const keep: BoundedFetch = async (url, init) => {
    const response = await ask.fetch(url, init);
    kept.push({ text: await response.text(), status: response.status, type: response.headers.get("content-type") ?? "" });
    throw new Error("kept");
  };
  await grant(ask.metadata.issuer, keep).catch((error: unknown) => {
    if (kept.length === 0) throw error;
  });
  const [answer] = kept;
  if (!answer) throw new OauthFailure("failed", "provider_answer");
  const replay: BoundedFetch = async () => new Response(answer.text, { status: answer.status, headers: { "content-type": answer.type } });
  // An error of the provider is judged at once: it holds no token to read an issuer from.
  if (answer.status !== 200) await grant(ask.metadata.issuer, replay);
  return {
    body: readObject(answer.text),
    checkedBy: async (issuer) => {
      await grant(issuer, replay);
    },
  };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new OauthFailure("failed", "provider_answer");
  }
}

function refused(cause: string): never {
  throw new OauthFailure("refused", cause);
}

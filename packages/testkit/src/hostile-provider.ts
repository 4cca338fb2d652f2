import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** What a test makes of a sign-in, instead of what an honest provider would. */
export interface Defect {
  /** Over the honest claims; `undefined` takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Makes the id_token whole, from the claims that would be signed. */
  readonly token?: (claims: Record<string, unknown>) => Promise<string> | string;
}
export interface SigningKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  sign(claims: Record<string, unknown>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}
type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/**
 * An OpenID provider that is as honest or as hostile as the test says: discovery, keys and tokens over real HTTP, checked by the
 * production client. Where a person would consent, the test calls `consent`.
 */
export interface HostileProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What it was asked for, in order: method and path. */
  readonly asked: string[];
  /** The bodies that came to the token endpoint. */
  readonly tokenRequests: URLSearchParams[];
  /** Changes of the discovery document. */
  metadata: Record<string, unknown>;
  /** What the key set has. */
  keys: JWK[];
  key: SigningKey;
  /** Answers instead of the provider at a path; null: as ever. */
  instead: Map<"discovery" | "keys" | "token", Handler>;
  /** Its answers to the redirect URI: a code for `claims`, and the state of the request. @param url as the product made it */
  consent(url: string, claims: Readonly<Record<string, unknown>>, defect?: Defect): { code: string; state: string };
  newKey(kid: string): Promise<SigningKey>;
  stop(): Promise<void>;
}

interface Grant {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly defect: Defect;
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/**
 * @param options.path part of the issuer after the host, such as `/common/v2.0`
 * @param options.now the world's time
 */
export async function startHostileProvider(options: { path?: string; now(): Date }): Promise<HostileProvider> {
  const path = options.path ?? "";
  const grants = new Map<string, Grant>();
  const key = await newKey("first");
  const server = createServer((request, response) => void answer(provider, path, grants, options, request, response));
  const origin = await listen(server);
  const provider: HostileProvider = {
    issuer: `${origin}${path}`,
    clientId: "the-client",
    clientSecret: "the secret of the client",
    asked: [],
    tokenRequests: [],
    metadata: {},
    keys: [key.publicJwk],
    key,
    instead: new Map(),
    consent(url, claims, defect = {}) {
      const asked = new URL(url).searchParams;
      const code = `code-${grants.size + 1}-${asked.get("nonce")?.slice(0, 8)}`;
      const text = (name: string): string => asked.get(name) ?? "";
      grants.set(code, { claims, defect, nonce: text("nonce"), challenge: text("code_challenge"), redirectUri: text("redirect_uri") });
      return { code, state: text("state") };
    },
    newKey,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return provider;
}

async function newKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  return {
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, use: "sig", alg: "RS256" },
    sign: (claims, header = {}) => new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(privateKey),
  };
}

async function answer(
  provider: HostileProvider,
  path: string,
  grants: Map<string, Grant>,
  options: { now(): Date },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", provider.issuer);
  provider.asked.push(`${request.method} ${url.pathname}`);
  const body = await bodyOf(request);
  const place =
    url.pathname === `${path}/.well-known/openid-configuration` ? "discovery" : url.pathname === `${path}/keys` ? "keys" : "token";
  if (place === "token") provider.tokenRequests.push(new URLSearchParams(body));
  const instead = provider.instead.get(place);
  if (instead) return instead(request, response, body);
  if (place === "discovery") return sendJson(response, 200, { ...metadataOf(provider), ...provider.metadata });
  if (place === "keys") return sendJson(response, 200, { keys: provider.keys });
  return sendJson(response, ...(await tokens(provider, grants, options, request, new URLSearchParams(body))));
}

const metadataOf = ({ issuer }: HostileProvider) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
  response_types_supported: ["code"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
});

async function tokens(
  provider: HostileProvider,
  grants: Map<string, Grant>,
  { now }: { now(): Date },
  request: IncomingMessage,
  asked: URLSearchParams,
): Promise<[number, object]> {
  const grant = grants.get(asked.get("code") ?? "");
  if (!isClient(provider, request.headers.authorization)) return [401, { error: "invalid_client" }];
  grants.delete(asked.get("code") ?? "");
  const proof = createHash("sha256")
    .update(asked.get("code_verifier") ?? "")
    .digest("base64url");
  if (!grant || grant.challenge !== proof || grant.redirectUri !== asked.get("redirect_uri")) return [400, { error: "invalid_grant" }];
  const seconds = Math.floor(now().getTime() / 1000);
  const claims: Record<string, unknown> = {
    iss: provider.issuer,
    aud: provider.clientId,
    sub: "somebody",
    iat: seconds,
    exp: seconds + 3600,
    nonce: grant.nonce,
    ...grant.claims,
    ...grant.defect.claims,
  };
  for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
  const idToken = grant.defect.token ? await grant.defect.token(claims) : await provider.key.sign(claims, grant.defect.header);
  return [200, { access_token: "the access token", token_type: "Bearer", expires_in: 3600, id_token: idToken }];
}

/** RFC 6749, 2.3.1: both parts are encoded as form fields before they are joined. */
function isClient({ clientId, clientSecret }: HostileProvider, authorization = ""): boolean {
  const [id, secret] = Buffer.from(authorization.replace(/^Basic /, ""), "base64")
    .toString("utf8")
    .split(":")
    .map((part) => new URLSearchParams(`part=${part}`).get("part"));
  return id === clientId && secret === clientSecret;
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`);
    });
  });

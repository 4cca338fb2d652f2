import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import Provider, { interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { openMemory } from "./op-memory.ts";
import type { Choice, Claims, PlayedProvider } from "./people.ts";

const CHOICES_MAX = 2000;

export interface PlayedOp {
  readonly provider: Provider;
  readonly issuer: string;
  /** Remembers who was chosen. @returns the name under which the library knows them until the token is made */
  choose(choice: Choice): string;
}
interface OpOptions {
  readonly played: PlayedProvider;
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly redirectUris: readonly string[];
  readonly cookieSecret: string;
  log(line: string): void;
}

/**
 * An OpenID provider of the library, whose id_tokens say what the played one's would: the library makes and checks the protocol, and its
 * token is signed anew with the claims of who was chosen, by the same key.
 */
export async function openOp(options: OpOptions): Promise<PlayedOp> {
  const { played, issuer, client } = options;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: `${played.id}-1`, use: "sig", alg: "RS256" };
  const choices = new Map<string, Claims>();
  const provider = new Provider(issuer, {
    adapter: openMemory(),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [...options.redirectUris],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: [options.cookieSecret] },
    scopes: ["openid", "email", "profile"],
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false }, userinfo: { enabled: false } },
    ttl: { AuthorizationCode: 60, IdToken: 3600, AccessToken: 3600, Interaction: 3600, Session: 3600, Grant: 3600 },
    interactions: { policy: alwaysAsk(), url: (_ctx, interaction) => `${issuer}/consent/${interaction.uid}` },
    findAccount: (_ctx, accountId) => (choices.has(accountId) ? { accountId, claims: () => ({ sub: accountId }) } : undefined),
    // Who was chosen has consented: there is no second page.
    loadExistingGrant: grantAll,
    renderError(ctx, { error, error_description }) {
      options.log(`${played.name} refused: ${error} ${error_description ?? ""}`);
      ctx.type = "text/plain";
      ctx.body = `${played.name} (sandbox) cannot go on: ${error}. ${error_description ?? ""}\n`;
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    await speakAs(options, ctx, choices, (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: jwk.kid, typ: "JWT" }).sign(privateKey),
    );
  });
  return {
    provider,
    issuer,
    choose(choice) {
      const id = `${played.id}-${choices.size}-${performance.now()}`;
      choices.set(id, played.claims(choice, issuer));
      for (const [oldest] of choices) {
        if (choices.size <= CHOICES_MAX) break;
        choices.delete(oldest);
      }
      return id;
    },
  };
}

async function grantAll({ oidc }: KoaContextWithOIDC): Promise<InstanceType<Provider["Grant"]> | undefined> {
  const accountId = oidc.session?.accountId;
  const clientId = oidc.client?.clientId;
  if (!accountId || !clientId) return undefined;
  const grant = new oidc.provider.Grant({ accountId, clientId });
  grant.addOIDCScope("openid email profile");
  await grant.save();
  return grant;
}

/** As with `prompt=select_account`, which the product sends: nobody is remembered, so that somebody else can be chosen each time. */
function alwaysAsk() {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  policy.remove("consent");
  return policy;
}

async function speakAs(
  { played, issuer }: OpOptions,
  ctx: { readonly path: string; readonly body: unknown },
  choices: ReadonlyMap<string, Claims>,
  sign: (claims: Record<string, unknown>) => Promise<string>,
): Promise<void> {
  const body: Record<string, unknown> = Object(ctx.body);
  if (ctx.path.endsWith("/.well-known/openid-configuration")) {
    body["issuer"] = played.discovered(issuer);
    delete body["authorization_response_iss_parameter_supported"];
  }
  const idToken = body["id_token"];
  if (typeof idToken !== "string") return;
  const claims = decodeJwt(idToken);
  body["id_token"] = await sign({ ...claims, ...choices.get(claims.sub ?? "") });
}

import type { JWK } from "jose";

/** Why a sign-in with a provider came to nothing, as a word for log and audit. Never the provider's own text (OI-18). */
export type OauthCause = string;

/**
 * `refused`: what came is wrong, and nobody is signed in. `failed`: the provider answers nonsense. `unavailable`: it is away or slow.
 */
export type OauthFailureKind = "refused" | "failed" | "unavailable";

export class OauthFailure extends Error {
  readonly kind: OauthFailureKind;
  readonly word: OauthCause;
  constructor(kind: OauthFailureKind, cause: OauthCause) {
    super(cause);
    this.name = "OauthFailure";
    this.kind = kind;
    this.word = cause;
  }
}

/** From the environment: `<ID>_CLIENT_ID`, `<ID>_CLIENT_SECRET`, `<ID>_ISSUER`. */
export interface ProviderSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Without a slash at the end. */
  readonly issuer: string;
  /** Only people of these organisations may sign in; empty: everybody. Google alone tells. */
  readonly hostedDomains: readonly string[];
}

export type Claims = Readonly<Record<string, unknown>>;

/** Who came, as the provider tells it; anything else in its profile (roles, flags) is not read (PH-12). */
export interface ProviderPerson {
  readonly issuer: string;
  /** Unique within the issuer, and never given to anybody else. */
  readonly subject: string;
  /** As the provider tells it; null: it tells none. */
  readonly email: string | null;
  /** Does the provider vouch that this person controls the address now? */
  readonly provesEmail: boolean;
  readonly name: unknown;
  /** The organisation there, where there are several. */
  readonly tenant: string | null;
}

interface AnyProvider {
  /** Part of our addresses and the prefix of its variables, in capitals. Lower case. */
  readonly id: string;
  /** As it stands on the button. */
  readonly name: string;
  /** The default of `<ID>_ISSUER`. */
  readonly issuer: string;
  readonly scope: string;
  /** Sent along with the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A provider that speaks OpenID Connect: an id_token says who came. */
export interface OidcProvider extends AnyProvider {
  readonly kind: "oidc";
  /** Is this the issuer that the discovery document of the configured one must name? Compared as text. */
  isDiscovered(discovered: string, configured: string): boolean;
  /** The issuer that a token with these claims must name; null: it can be told of none. */
  issuerOf(discovered: string, claims: Claims): string | null;
  /** May this key of the set sign for the issuer? */
  mayKeySign(key: JWK, issuer: string, discovered: string): boolean;
  /** Who came, from checked claims; a word where they may not. */
  person(claims: Claims & { readonly iss: string; readonly sub: string }, settings: ProviderSettings): ProviderPerson | OauthCause;
}

/** A provider that speaks OAuth 2 alone: its API says who came, for the access token that the code was exchanged for. */
export interface PlainOauthProvider extends AnyProvider {
  readonly kind: "oauth2";
  endpoints(issuer: string): { readonly authorization: string; readonly token: string };
  /** @param read a JSON document of the provider's API, with the access token */
  person(read: (url: string) => Promise<unknown>, settings: ProviderSettings): Promise<ProviderPerson | OauthCause>;
}

export type Provider = OidcProvider | PlainOauthProvider;

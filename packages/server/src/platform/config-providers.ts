import { text, url, type Variable, variable } from "./config-variable.ts";
import type { ProviderSettings } from "./oauth/provider.ts";
import { PROVIDERS } from "./oauth/registry.ts";

/** Variables of providers that are set, by name. */
export type Provided = ReadonlyMap<string, string>;

/** `providerVariable("google", "ISSUER")` is GOOGLE_ISSUER. */
export const providerVariable = (id: string, what: "CLIENT_ID" | "CLIENT_SECRET" | "ISSUER"): string =>
  `${id.toUpperCase().replaceAll("-", "_")}_${what}`;

/** What each provider of the registry is set up by. */
export const providerVariables: Readonly<Record<string, Variable<string>>> = Object.fromEntries(
  PROVIDERS.flatMap(({ id, name, issuer }) => {
    const section = "Sign-in with providers";
    return [
      [
        providerVariable(id, "CLIENT_ID"),
        variable({
          section,
          description: `Client id at ${name}, with the redirect URI BASE_URL/auth/${id}/callback. Unset: this button is off`,
          default: null,
          read: text,
        }),
      ],
      [
        providerVariable(id, "CLIENT_SECRET"),
        variable({ section, description: `Client secret at ${name}`, secret: true, default: null, read: text }),
      ],
      [
        providerVariable(id, "ISSUER"),
        variable({
          section,
          description: `Where ${name} answers; http only on loopback and outside production`,
          default: issuer,
          read: url(["https:", "http:"]),
        }),
      ],
    ];
  }),
);

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;
/** What carries a secret in the clear: plain http, except on loopback outside production. */
export function isPlainHttpAbroad(nodeEnv: string, address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && (nodeEnv === "production" || !LOOPBACK.test(hostname));
}

/** Neither half of the pair is there: the sandbox may play it. */
export const isUnset = (provided: Provided, id: string): boolean =>
  !provided.has(providerVariable(id, "CLIENT_ID")) && !provided.has(providerVariable(id, "CLIENT_SECRET"));

/** Only a whole pair of id and secret sets a provider up. */
export function oauthOf(provided: Provided, googleDomains: readonly string[]): ReadonlyMap<string, ProviderSettings> {
  const settings = PROVIDERS.flatMap(({ id, issuer }): [string, ProviderSettings][] => {
    const clientId = provided.get(providerVariable(id, "CLIENT_ID"));
    const clientSecret = provided.get(providerVariable(id, "CLIENT_SECRET"));
    if (!clientId || !clientSecret) return [];
    const configured = provided.get(providerVariable(id, "ISSUER")) ?? issuer;
    const hostedDomains = id === "google" ? googleDomains : [];
    return [[id, { clientId, clientSecret, issuer: configured.replace(/\/+$/, ""), hostedDomains }]];
  });
  return new Map(settings);
}

/** @returns a sentence for each pair of which one half is there */
export const missingHalves = (provided: Provided): string[] =>
  PROVIDERS.flatMap(({ id, name }) => {
    const missing = (["CLIENT_ID", "CLIENT_SECRET"] as const)
      .map((part) => providerVariable(id, part))
      .filter((part) => !provided.has(part));
    return missing.length === 1 ? [`${name} sign-in stays off: ${missing[0]} is missing`] : [];
  });

/** @returns a problem for each issuer that must not be plain http */
export const wrongIssuers = (nodeEnv: string, provided: Provided): string[] =>
  PROVIDERS.map(({ id }) => providerVariable(id, "ISSUER")).flatMap((name) => {
    const issuer = provided.get(name);
    const isWrong = issuer !== undefined && isPlainHttpAbroad(nodeEnv, issuer);
    return isWrong ? [`${name}: must be https, except on loopback outside production`] : [];
  });

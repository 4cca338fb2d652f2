import type { OidcProvider } from "./provider.ts";

/** Whose accounts people have for themselves; Microsoft has verified their addresses (MS-7). */
const CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad";
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Names that stand for many tenants. */
const MANY = /\/(common|organizations|consumers)\//;
const TENANT = "{tenantid}";

const templateOf = (configured: string): string => configured.replace(MANY, `/${TENANT}/`);

/**
 * Microsoft Entra ID, of many tenants or of one. The discovery document names a template, and each token the issuer of its own tenant
 * (MS-1); so the same `sub` in two tenants is two people (MS-2).
 *
 * `email` is what an administrator of any tenant wrote there ("nOAuth"): it is proven only where `xms_edov` says that the tenant owns the
 * domain, or for personal accounts. `preferred_username` and `upn` are no addresses, and `email_verified` is no claim of Microsoft's
 * (MS-3 to MS-6).
 * @see https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
 */
export const microsoft: OidcProvider = {
  kind: "oidc",
  id: "microsoft",
  name: "Microsoft",
  issuer: "https://login.microsoftonline.com/common/v2.0",
  scope: "openid email profile",
  parameters: { prompt: "select_account" },
  isDiscovered(discovered, configured) {
    const template = templateOf(configured);
    return discovered === template || (configured.includes("/consumers/") && discovered === template.replace(TENANT, CONSUMERS));
  },
  issuerOf(discovered, { tid }) {
    if (typeof tid !== "string" || !GUID.test(tid)) return null;
    const issuer = discovered.replace(TENANT, tid);
    // Of one tenant: the token's own word must be that one.
    return issuer.includes(`/${tid}/`) ? issuer : null;
  },
  // Microsoft marks the keys that belong to one tenant (MS-8).
  mayKeySign(key, issuer, discovered) {
    const owner = Object(key)["issuer"];
    return owner === undefined || owner === issuer || owner === discovered;
  },
  person(claims) {
    const { email, tid, xms_edov: owned } = claims;
    const isOwned = owned === true || owned === 1 || owned === "1" || owned === "true";
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email: typeof email === "string" && email !== "" ? email : null,
      provesEmail: isOwned || tid === CONSUMERS,
      name: claims["name"],
      tenant: typeof tid === "string" ? tid : null,
    };
  },
};

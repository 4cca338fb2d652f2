import type { OidcProvider } from "./provider.ts";

/**
 * Google. `sub` is never reused, while an address may change and be given to others (GO-1, GO-2).
 *
 * Google vouches for an address that it hosts itself: of gmail.com, or of an organisation (`hd`). For any other it knows only that the
 * address was verified once, by whoever had it then.
 * @see https://developers.google.com/identity/openid-connect/openid-connect (An ID token's payload)
 * @see https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
 */
export const google: OidcProvider = {
  kind: "oidc",
  id: "google",
  name: "Google",
  issuer: "https://accounts.google.com",
  scope: "openid email profile",
  parameters: { prompt: "select_account" },
  isDiscovered: (discovered, configured) => discovered === configured,
  issuerOf: (discovered) => discovered,
  mayKeySign: () => true,
  person(claims, { hostedDomains }) {
    const { email, hd } = claims;
    const hosted = typeof hd === "string" && hd !== "" ? hd.toLowerCase() : null;
    if (hostedDomains.length > 0 && (hosted === null || !hostedDomains.includes(hosted))) return "hosted_domain";
    const address = typeof email === "string" && email !== "" ? email : null;
    const isGoogles = hosted !== null || /@(gmail|googlemail)\.com$/i.test(address ?? "");
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email: address,
      provesEmail: claims["email_verified"] === true && isGoogles,
      name: claims["name"],
      tenant: hosted,
    };
  },
};

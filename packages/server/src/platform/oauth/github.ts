import type { PlainOauthProvider } from "./provider.ts";

const apiOf = (issuer: string): string => (issuer === "https://github.com" ? "https://api.github.com" : `${issuer}/api/v3`);

/**
 * GitHub, as the example of a provider without OpenID Connect: its API says who came.
 *
 * The numeric `id` is never reused, a login name is. GitHub verified an address once and hosts none, so it does not vouch for who has it
 * today: a mail of ours does.
 * @see https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
export const github: PlainOauthProvider = {
  kind: "oauth2",
  id: "github",
  name: "GitHub",
  issuer: "https://github.com",
  scope: "read:user user:email",
  parameters: {},
  endpoints: (issuer) => ({ authorization: `${issuer}/login/oauth/authorize`, token: `${issuer}/login/oauth/access_token` }),
  async person(read, { issuer }) {
    const user = Object(await read(`${apiOf(issuer)}/user`));
    const addresses: unknown = await read(`${apiOf(issuer)}/user/emails`);
    const id: unknown = user["id"];
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0 || !Array.isArray(addresses)) return "profile";
    const primary = addresses.map((address) => Object(address)).find((address) => address["primary"] === true);
    const email: unknown = primary?.["verified"] === true ? primary["email"] : null;
    return {
      issuer,
      subject: String(id),
      email: typeof email === "string" && email !== "" ? email : null,
      provesEmail: false,
      name: user["name"] ?? user["login"],
      tenant: null,
    };
  },
};

import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { refuse } from "../refuse.ts";
import type { OauthClient } from "./oauth-client.ts";
import type { Provider } from "./provider.ts";
import { PROVIDERS } from "./registry.ts";

/** Sign-in with providers: which there are, and who speaks to each. */
export interface Oauth {
  /** Those that are set up, in the order of the buttons. */
  readonly configured: readonly { readonly id: string; readonly name: string }[];
  /** As it stands on the button; the id itself where the provider is known no more. */
  nameOf(providerId: string): string;
  /** @throws Refusal provider_not_found | oauth_not_configured, at once */
  client(providerId: string): Promise<OauthClient>;
}

/** Connects to nobody, and loads nothing, until it is asked. @param providers for tests of one that is not in the registry */
export function openOauth(
  app: { readonly config: Pick<Config, "oauth" | "baseUrl">; readonly clock: Pick<Clock, "wall"> },
  providers: readonly Provider[] = PROVIDERS,
): Oauth {
  const clients = new Map<string, Promise<OauthClient>>();
  const find = (id: string): Provider | undefined => providers.find((provider) => provider.id === id);
  const open = async (provider: Provider): Promise<OauthClient> => {
    const settings = app.config.oauth.get(provider.id) ?? refuse("oauth_not_configured", { provider: provider.name });
    const { openOauthClient } = await import("./oauth-client.ts");
    return openOauthClient({ provider, settings, redirectUri: `${app.config.baseUrl}/auth/${provider.id}/callback`, clock: app.clock });
  };
  return {
    configured: providers.filter(({ id }) => app.config.oauth.has(id)).map(({ id, name }) => ({ id, name })),
    nameOf: (id) => find(id)?.name ?? id,
    client(id) {
      const provider = find(id) ?? refuse("provider_not_found");
      if (!app.config.oauth.has(id)) refuse("oauth_not_configured", { provider: provider.name });
      const opened = clients.get(id) ?? open(provider);
      clients.set(id, opened);
      return opened;
    },
  };
}

import { me, oauth } from "@gatehouse/contract";
import type { FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { confirmPerson } from "./confirm-person.ts";
import type { HashGate } from "./hash-gate.ts";
import { listIdentities } from "./identities.store.ts";
import { removeIdentity } from "./remove-identity.ts";
import { startConnect } from "./start-connect.ts";
import { startOauth } from "./start-oauth.ts";
import { findUser } from "./users.store.ts";

type Parts = App & { readonly hashes: HashGate };

export function oauthRoutes(http: Http, app: Parts): void {
  const startUrl = (id: string): string => `${app.config.baseUrl}/api/v1/auth/${id}/start`;
  const items = app.oauth.configured.map(({ id, name }) => ({ id, name, start_url: startUrl(id) }));
  serve(http, app, oauth.listProviders, () => ({ items }));
  serve(http, app, oauth.startOauth, async ({ params, query, request, reply }) => {
    if (wantsPage(request) && isOtherNameOfLoopback(request, app.config.baseUrl)) {
      await app.oauth.client(params.provider);
      void reply.redirect(`${app.config.baseUrl}${request.url}`, 303);
      return { authorization_url: app.config.baseUrl };
    }
    const flow = {
      provider: params.provider,
      returnTo: query.return_to ?? null,
      inviteToken: query.invite_token ?? null,
      waitlistToken: query.waitlist_token ?? null,
      connect: null,
    };
    const url = await startOauth(app, flow, request, reply);
    void reply.header("cache-control", "no-store");
    if (wantsPage(request)) void reply.redirect(url, 303);
    return { authorization_url: url };
  });
  identityRoutes(http, app);
}

function identityRoutes(http: Http, app: Parts): void {
  serve(http, app, me.listIdentities, async ({ actor }) => {
    const { user, identities } = await app.db.asSystem("a person's ways in belong to no account", async (tx) => ({
      user: await findUser(tx, actor.userId),
      identities: await listIdentities(tx, actor.userId),
    }));
    const items = identities.map((identity) => ({
      id: identity.id,
      provider: identity.provider,
      provider_name: app.oauth.nameOf(identity.provider),
      email: identity.email,
      connected_at: identity.connectedAt.toISOString(),
      last_used_at: identity.lastUsedAt?.toISOString() ?? null,
    }));
    return { items, has_password: user?.passwordHash != null };
  });
  serve(http, app, oauth.connectOauth, async ({ actor, params, body, request, reply }) => {
    const wish = { provider: params.provider, password: body.password ?? null, returnTo: body.return_to ?? null };
    return { authorization_url: await startConnect(app, actor, wish, request, reply) };
  });
  serve(http, app, me.removeIdentity, async ({ actor, params, body, origin, transactAsSystem }) => {
    const confirmed = await confirmPerson(app, actor, body?.password ?? null);
    return transactAsSystem("a person's ways in belong to no account", async (tx) => {
      await removeIdentity(app, tx, { actor, confirmed, origin }, params.id);
      return undefined;
    });
  });
}

/** A cookie of `localhost` would not come back to a redirect URI at `127.0.0.1`. Elsewhere the Host header is the proxy's business. */
function isOtherNameOfLoopback(request: FastifyRequest, baseUrl: string): boolean {
  const isLoopback = (name: string): boolean => name === "localhost" || name === "127.0.0.1";
  const { hostname } = new URL(baseUrl);
  return isLoopback(hostname) && isLoopback(request.hostname) && request.hostname !== hostname;
}

/** A browser that goes there itself, and not a program that asks for the URL. */
const wantsPage = (request: FastifyRequest): boolean => {
  const accept = request.headers.accept ?? "";
  return accept.includes("text/html") && !accept.startsWith("application/json");
};

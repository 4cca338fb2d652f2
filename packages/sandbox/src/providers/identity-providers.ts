import { createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { keepToOurselves, readForms } from "../own-pages.ts";
import { derived } from "../stripe/mint.ts";
import { consentRoutes } from "./consent-routes.ts";
import type { PlayedOp } from "./op.ts";
import { type PlayedProvider, playedGoogle, playedMicrosoft } from "./people.ts";

export interface IdentityProviders {
  /** What the server is set up with; those of the played providers. */
  readonly variables: Readonly<Record<string, string>>;
  /** Hangs them on the server that answers at `origin`. */
  hang(http: FastifyInstance): Promise<void>;
}
export interface IdentityProviderOptions {
  readonly parts: { readonly google: boolean; readonly microsoft: boolean };
  /** Client secrets are derived from it, so that a restart changes nothing. */
  readonly secret: string;
  /** Where they will answer: scheme, host and port. It is part of who a person is to the product, so it should stay. */
  readonly origin: string;
  /** Where the product takes the answers, without a slash at the end. */
  readonly baseUrl: string;
  log(line: string): void;
}

/** A Google and a Microsoft that speak OpenID Connect to the product's own client, and ask a person who they want to be. */
export async function openIdentityProviders(options: IdentityProviderOptions): Promise<IdentityProviders> {
  const { openOp } = await import("./op.ts");
  const { origin, baseUrl } = options;
  const variables: Record<string, string> = {};
  const ops: [PlayedProvider, PlayedOp][] = [];
  for (const played of [...(options.parts.google ? [playedGoogle] : []), ...(options.parts.microsoft ? [playedMicrosoft] : [])]) {
    const client = { id: `sandbox-${played.id}`, secret: derived(options.secret, `${played.id} client secret`, 40) };
    const issuer = `${origin}${played.path}`;
    const cookieSecret = createHmac("sha256", options.secret).update(`${played.id} cookies`).digest("hex");
    const redirectUris = [`${baseUrl}/auth/${played.id}/callback`];
    ops.push([played, await openOp({ played, issuer, client, redirectUris, cookieSecret, log: options.log })]);
    const prefix = played.id.toUpperCase();
    Object.assign(variables, {
      [`${prefix}_ISSUER`]: issuer,
      [`${prefix}_CLIENT_ID`]: client.id,
      [`${prefix}_CLIENT_SECRET`]: client.secret,
    });
  }
  return {
    variables,
    async hang(http) {
      for (const [played, op] of ops) {
        await http.register((scope, _options, done) => {
          handToLibrary(scope, played, op.provider.callback());
          done();
        });
        await http.register((scope, _options, done) => {
          keepToOurselves(scope);
          readForms(scope);
          consentRoutes(scope, played, op, [baseUrl]);
          done();
        });
      }
    },
  };
}

/** The library reads requests itself, below the path of its issuer. */
function handToLibrary(scope: FastifyInstance, { path }: PlayedProvider, answer: ReturnType<PlayedOp["provider"]["callback"]>): void {
  scope.addHook("onRoute", (route) => {
    route.schema = Object.assign({}, route.schema, { hide: true });
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  scope.all(`${path}/*`, async (request, reply) => {
    reply.hijack();
    const raw = Object.assign(request.raw, { originalUrl: request.raw.url, url: request.raw.url?.slice(path.length) });
    forgetSession(raw);
    await answer(raw, reply.raw);
  });
}

/** Nobody stays signed in: the library would sign out who was here before by a page with a script, and end what other tabs have begun. */
function forgetSession({ headers }: IncomingMessage): void {
  const kept = headers.cookie?.split(/;\s*/).filter((cookie) => !/^_session(\.sig)?=/.test(cookie));
  if (kept) headers.cookie = kept.join("; ");
}

import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";
import { markBrowser } from "./browser-cookie.ts";
import { beginFlow, type Flow } from "./oauth-flow.ts";
import { refuseFailure } from "./refuse-failure.ts";

type Parts = Pick<App, "config" | "clock" | "ids" | "secrets" | "oauth" | "log">;

/**
 * Begins a sign-in with a provider in this browser. Nothing is written: the state carries what must be known at the end.
 *
 * @returns where to send the person
 * @throws Refusal provider_not_found | oauth_not_configured | oauth_provider_failed | oauth_provider_unavailable
 */
export async function startOauth(app: Parts, flow: Flow, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const client = await app.oauth.client(flow.provider);
  const secrets = beginFlow(app, flow, markBrowser(app, request, reply));
  try {
    return await client.authorizationUrl(secrets);
  } catch (error) {
    return refuseFailure(app, flow.provider, error);
  }
}

import { isProven } from "@gatehouse/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { confirmPerson } from "./confirm-person.ts";
import type { HashGate } from "./hash-gate.ts";
import { startOauth } from "./start-oauth.ts";

/**
 * Begins to connect an account of a provider to the person who is signed in. The callback asks all of this again.
 *
 * @returns where to send the person
 * @throws Refusal provider_not_found | oauth_* | email_not_verified | fresh_sign_in_required | too_busy
 */
export async function startConnect(
  app: App & { readonly hashes: HashGate },
  actor: Actor,
  wish: { provider: string; password: string | null; returnTo: string | null },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  await app.oauth.client(wish.provider);
  const user = await confirmPerson(app, actor, wish.password);
  if (!isProven({ emailVerifiedAt: user.emailVerifiedAt, credentialsProvenAt: user.passwordProvenAt })) refuse("email_not_verified");
  const { userId, sessionId, accountId } = actor;
  const connect = { userId, sessionId, accountId };
  const flow = { provider: wish.provider, returnTo: wish.returnTo, inviteToken: null, waitlistToken: null, connect };
  return startOauth(app, flow, request, reply);
}

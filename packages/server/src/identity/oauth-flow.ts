import { addMinutes, ownPath } from "@gatehouse/core";
import type { App } from "../platform/app.ts";
import { hashToken } from "../platform/ids.ts";
import type { FlowSecrets } from "../platform/oauth/oauth-client.ts";

const FLOW_MINUTES = 10;
const STATE_CHARACTERS_MAX = 4096;

/** What a sign-in with a provider was begun for. */
export interface Flow {
  readonly provider: string;
  readonly returnTo: string | null;
  readonly inviteToken: string | null;
  /** Of the ticket that the waitlist sent. */
  readonly waitlistToken: string | null;
  /** Who wants to connect an account, in which session; null: somebody signs in. */
  readonly connect: { readonly userId: string; readonly sessionId: string; readonly accountId: string } | null;
}
export interface BegunFlow extends Flow {
  /** Names this flow alone: what is used once. */
  readonly idHash: Buffer;
  readonly expiresAt: Date;
  readonly secrets: FlowSecrets;
}

type Parts = Pick<App, "secrets" | "clock" | "ids">;

/**
 * The state carries all that is known of the flow, sealed, so that to begin one writes nothing (law 2) and any process can end it. It is
 * good for ten minutes, for one provider, and with the mark of the browser in which it began; nonce and PKCE verifier are derived from
 * state and mark, so that neither is kept anywhere.
 */
export function beginFlow(app: Parts, flow: Flow, browser: string): FlowSecrets {
  const content = {
    id: app.ids.token(),
    browser: markOf(browser),
    at: app.clock.now().getTime(),
    ...flow,
    returnTo: ownPath(flow.returnTo),
  };
  const state = app.secrets.states.seal(JSON.stringify(content), app.ids).toString("base64url");
  return secretsOf(app, state, browser);
}

/** @returns null where the state is none of ours, of another provider or browser, or too old (OI-3, OI-4, OI-6) */
export function readFlow(app: Parts, provider: string, state: string | undefined, browser: string | null): BegunFlow | null {
  if (state === undefined || state.length > STATE_CHARACTERS_MAX || browser === null) return null;
  const content = openState(app, state);
  if (content === null || content.provider !== provider || content.browser !== markOf(browser)) return null;
  const expiresAt = addMinutes(new Date(content.at), FLOW_MINUTES);
  if (app.clock.now() >= expiresAt) return null;
  const { returnTo, inviteToken, waitlistToken, connect } = content;
  return {
    provider,
    returnTo,
    inviteToken,
    waitlistToken,
    connect,
    idHash: hashToken(content.id),
    expiresAt,
    secrets: secretsOf(app, state, browser),
  };
}

interface Content extends Flow {
  readonly id: string;
  readonly browser: string;
  readonly at: number;
}

function openState(app: Parts, state: string): Content | null {
  try {
    // Nobody else can seal: what opens is what beginFlow wrote.
    const content: Content = JSON.parse(app.secrets.states.open(Buffer.from(state, "base64url")));
    return content;
  } catch {
    return null;
  }
}

const markOf = (browser: string): string => hashToken(browser).toString("base64url");

const secretsOf = (app: Parts, state: string, browser: string): FlowSecrets => ({
  state,
  nonce: app.secrets.digest("oauth-nonce", `${state}\n${browser}`).toString("base64url"),
  verifier: app.secrets.digest("oauth-verifier", `${state}\n${browser}`).toString("base64url"),
});

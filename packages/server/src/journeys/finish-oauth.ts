import { decideConnect, displayName, type ProviderEmail, parseEmail } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import { findInviteOfToken } from "../accounts/invites.store.ts";
import { askByMail } from "../identity/ask-by-mail.ts";
import { findIdentity, lockSubject, touchIdentity } from "../identity/identities.store.ts";
import { chooseAccount } from "../identity/login.ts";
import { type BegunFlow, readFlow } from "../identity/oauth-flow.ts";
import { useState } from "../identity/oauth-states.store.ts";
import type { SignIn } from "../identity/present-person.ts";
import { refuseFailure } from "../identity/refuse-failure.ts";
import { signedInAt } from "../identity/sessions.store.ts";
import { findUser, lockUser } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { hashToken } from "../platform/ids.ts";
import type { ProviderPerson } from "../platform/oauth/provider.ts";
import { limitTries, sourceOf } from "../platform/rate-limit.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import { type Arrival, type Arrived, arrive, asLinkUser, connect } from "./arrive.ts";

type Parts = Pick<
  App,
  "db" | "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals" | "jobs" | "mail" | "oauth" | "log" | "stripe"
>;
export interface ProviderCallback {
  readonly provider: string;
  readonly code: string | undefined;
  readonly state: string | undefined;
  readonly iss: string | undefined;
  readonly error: string | undefined;
  /** The mark of the browser; null: it has none. */
  readonly browser: string | null;
  readonly origin: Origin;
}
/** A session, unless the mail must decide; of who connected an account it is the one that they had. */
export type Finished = { readonly returnTo: string | null } & (
  | ({ readonly kind: "in" } & Arrived)
  | ({ readonly kind: "connected" } & Omit<SignIn, "refreshToken">)
  | { readonly kind: "mail" }
);

/** Errors of the provider that say no more than that the person did not go on (OpenID Connect Core 3.1.2.6). */
const DECLINED = ["access_denied", "consent_required", "interaction_required", "login_required", "account_selection_required"];

/**
 * Ends a sign-in with a provider. The state is checked and used up before the code goes anywhere (OI-3 to OI-6); then the provider is
 * asked outside of any transaction (law 8); then everything is decided and written in one.
 *
 * @throws Refusal oauth_* | email_required | identity_conflict | identity_taken | email_not_verified | signup_* | invite_* | waitlist_ticket_* | session_ended
 */
export async function finishOauth(app: Parts, callback: ProviderCallback): Promise<Finished> {
  const client = await app.oauth.client(callback.provider);
  const { code, error, origin } = callback;
  if (code === undefined && error === undefined) refuse("invalid_request", { problems: [{ at: "body.code", why: "is missing" }] });
  await limitTries(app, [{ name: "oauth.source", limit: 100, windowSeconds: 900, key: sourceOf(origin.ip) }]);
  try {
    const flow = await takeFlow(app, callback);
    if (error !== undefined || code === undefined) return refuse(DECLINED.includes(error ?? "") ? "oauth_denied" : "oauth_failed");
    const person = await client
      .arrive({ code, iss: callback.iss ?? null }, flow.secrets)
      .catch((thrown: unknown) => refuseFailure(app, callback.provider, thrown));
    const arrival = asArrival(app, person, callback, flow);
    return flow.connect ? await finishConnect(app, arrival, flow.connect, flow.returnTo) : await finishSignIn(app, arrival, flow, callback);
  } catch (thrown) {
    if (thrown instanceof Refusal) await recordFailure(app, callback, thrown.code);
    throw thrown;
  }
}

/** @throws Refusal oauth_state_invalid */
async function takeFlow(app: Parts, { provider, state, browser }: ProviderCallback): Promise<BegunFlow> {
  const flow = readFlow(app, provider, state, browser) ?? refuse("oauth_state_invalid");
  const isFirst = await app.db.asSystem("sign-in with a provider: nobody is known yet", (tx) => useState(tx, flow.idHash, flow.expiresAt));
  return isFirst ? flow : refuse("oauth_state_invalid");
}

function asArrival(app: Parts, person: ProviderPerson, { provider, origin }: ProviderCallback, flow: BegunFlow): Arrival {
  const { issuer, subject, tenant } = person;
  const address = person.email ?? "";
  return {
    identity: { id: app.ids.next(), provider, issuer, subject, tenant, email: person.email },
    email: providerEmail(person),
    address,
    name: displayName(person.name, address),
    origin,
    invite: flow.inviteToken === null ? null : { token: flow.inviteToken },
    waitlistToken: flow.waitlistToken,
  };
}

function providerEmail({ email, provesEmail }: ProviderPerson): ProviderEmail {
  if (email === null) return { state: "absent" };
  const parsed = parseEmail(email);
  return parsed.ok ? { state: provesEmail ? "proven" : "unproven", normalised: parsed.normalised } : { state: "invalid" };
}

async function finishSignIn(app: Parts, arrival: Arrival, flow: BegunFlow, callback: ProviderCallback): Promise<Finished> {
  const { email } = arrival;
  // Each may send a mail to somebody, as a wish for a mail may (EM-5); but a stranger's tries do not lock out who is known (PW-7).
  if (email.state === "unproven" && !(await isKnown(app, arrival)))
    await limitTries(app, [{ name: "oauth.address", limit: 10, windowSeconds: 3600, key: email.normalised }]);
  for (let time = 0; time < 2; time += 1) {
    const arrived = await app.db.asSystem("sign-in with a provider: the account is found or made here", async (tx) => {
      const done = await arrive(app, tx, arrival);
      if (done === "ask_proof") await askProof(app, tx, arrival, flow, callback);
      return done;
    });
    if (arrived === "ask_proof") return { kind: "mail", returnTo: flow.returnTo };
    if (arrived !== "again") return { kind: "in", ...arrived, returnTo: flow.returnTo };
  }
  return refuse("oauth_failed");
}

const isKnown = (app: Parts, { identity }: Arrival): Promise<boolean> =>
  app.db.asSystem(
    "sign-in with a provider: is it anybody's?",
    async (tx) => (await findIdentity(tx, identity.issuer, identity.subject)) !== null,
  );

async function askProof(app: Parts, tx: Tx, arrival: Arrival, flow: BegunFlow, { browser }: ProviderCallback): Promise<void> {
  if (!app.mail.configured) refuse("mail_not_configured");
  const { provider, issuer, subject, tenant } = arrival.identity;
  await askByMail(app, tx, {
    email: arrival.address,
    normalisedEmail: "normalised" in arrival.email ? arrival.email.normalised : refuse("email_required"),
    name: arrival.name,
    accountName: null,
    passwordHash: null,
    identity: { provider, issuer, subject, tenant },
    browser: browser ?? refuse("oauth_state_invalid"),
    returnTo: flow.returnTo,
    invite: flow.inviteToken === null ? null : await findInviteOfToken(tx, hashToken(flow.inviteToken)),
    origin: arrival.origin,
  });
}

function finishConnect(app: Parts, arrival: Arrival, who: NonNullable<BegunFlow["connect"]>, returnTo: string | null): Promise<Finished> {
  const { identity, origin } = arrival;
  return app.db.asSystem("an account of a provider belongs to a person, not to an account", async (tx) => {
    await lockSubject(tx, identity.issuer, identity.subject);
    const known = await findIdentity(tx, identity.issuer, identity.subject);
    const user = (await lockUser(tx, who.userId)) ?? refuse("session_ended");
    if ((await signedInAt(tx, who.sessionId)) === null) refuse("session_ended");
    const owner = known && known.userId !== user.id ? await findUser(tx, known.userId) : user;
    const decision = decideConnect(
      known ? { user: owner ? await asLinkUser(tx, owner, identity.provider) : null } : null,
      await asLinkUser(tx, user, identity.provider),
    );
    if (decision.kind === "refuse") return refuse(decision.code === "identity_orphaned" ? "oauth_failed" : decision.code);
    if (known) await touchIdentity(tx, known.id, app.clock.now());
    else await connect(app, tx, user.id, identity, origin);
    await factsChanged(app, tx, `user:${user.id}`);
    const account = chooseAccount(await listAccountsOf(tx, user.id), who.accountId);
    return { kind: "connected", user, account, sessionId: who.sessionId, returnTo };
  });
}

const recordFailure = (app: Parts, { provider, origin }: ProviderCallback, code: string): Promise<void> =>
  app.db.asSystem("sign-in with a provider: a failed attempt leaves a trace", (tx) =>
    audit(app, tx, {
      accountId: null,
      actorUserId: null,
      action: "user.sign_in_failed",
      targetId: null,
      details: { by: provider, code },
      ...origin,
    }),
  );

import { auth, me } from "@gatehouse/contract";
import { permissionsOfRole } from "@gatehouse/core";
import type { SessionFacts } from "../access/facts.store.ts";
import { factsChanged } from "../access/facts-cache.ts";
import type { Gate } from "../access/gate.ts";
import { whoIsSignedIn } from "../access/who-is-signed-in.ts";
import type { App } from "../platform/app.ts";
import { Refusal, refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { changePassword } from "./change-password.ts";
import { logout, revokeSession } from "./end-session.ts";
import type { HashGate } from "./hash-gate.ts";
import { oauthRoutes } from "./oauth-routes.ts";
import { presentSignIn, presentUser } from "./present-person.ts";
import { refreshSession } from "./refresh.ts";
import { clearRefreshCookie, readRefreshCookie, setRefreshCookie } from "./refresh-cookie.ts";
import { requestMail } from "./request-mail.ts";
import { listSessions } from "./sessions.store.ts";
import { updateUser } from "./users.store.ts";
import { verifyEmail } from "./verify-email.ts";

type Parts = App & { readonly hashes: HashGate };

export function identityRoutes(http: Http, app: Parts, gate: Gate): void {
  signInRoutes(http, app);
  mailRoutes(http, app, gate);
  sessionRoutes(http, app);
  meRoutes(http, app, gate);
  oauthRoutes(http, app);
}

/**
 * What a cookie is dead by, so that it is taken away. One that another tab has replaced is not, for the browser already holds the newer one;
 * nor is that of a person who has left the account that a tab was in: their sign-in goes on.
 */
const DEAD: ReadonlySet<string> = new Set(["refresh_token_invalid", "refresh_reused", "session_ended"]);

function signInRoutes(http: Http, app: Parts): void {
  serve(http, app, auth.refresh, async ({ body, origin, request, reply }) => {
    const given = body?.refresh_token ?? null;
    const token = given ?? readRefreshCookie(app.config, request) ?? refuse("refresh_token_invalid");
    try {
      const signIn = await refreshSession(app, { token, accountId: body?.account_id ?? null, origin });
      if (given === null) setRefreshCookie(app.config, reply, signIn.refreshToken);
      return await presentSignIn(app, signIn, given !== null);
    } catch (error) {
      if (given === null && error instanceof Refusal && DEAD.has(error.code)) clearRefreshCookie(app.config, reply);
      throw error;
    }
  });
  serve(http, app, auth.logout, async ({ body, origin, request, reply }) => {
    const token = body?.refresh_token ?? readRefreshCookie(app.config, request);
    if (token !== null) await logout(app, token, origin);
    clearRefreshCookie(app.config, reply);
    return undefined;
  });
}

function mailRoutes(http: Http, app: Parts, gate: Gate): void {
  serve(http, app, auth.verifyEmail, async ({ body, origin, request }) => {
    // A link may be followed without a session, or with one that has ended: then it proves the address alone.
    const sessionUserId = (await whoIsSignedIn(gate, request))?.userId ?? null;
    const { email, verifiedAt } = await verifyEmail(app, { token: body.token, password: body.password ?? null, sessionUserId, origin });
    return { email, email_verified_at: verifiedAt.toISOString() };
  });
  serve(http, app, auth.resendVerification, async ({ body, origin }) => {
    await requestMail(app, "verification", body.email, origin);
    return { status: "check_your_email" as const };
  });
  serve(http, app, auth.forgotPassword, async ({ body, origin }) => {
    await requestMail(app, "reset", body.email, origin);
    return { status: "check_your_email" as const };
  });
}

function sessionRoutes(http: Http, app: Parts): void {
  serve(http, app, auth.listSessions, async ({ actor }) => {
    const sessions = await app.db.asSystem("sessions belong to a person, not to an account", (tx) =>
      listSessions(tx, actor.userId, app.clock.now()),
    );
    const items = sessions.map((session) => ({
      id: session.id,
      user_agent: session.userAgent,
      ip: session.ip,
      created_at: session.createdAt.toISOString(),
      last_seen_at: session.lastSeenAt.toISOString(),
      is_current: session.id === actor.sessionId,
    }));
    return { items, next_cursor: null };
  });
  serve(http, app, auth.revokeSession, async ({ actor, params, origin }) => {
    await revokeSession(app, actor, params.id, origin);
    return undefined;
  });
  serve(http, app, auth.changePassword, async ({ actor, body, origin }) => {
    await changePassword(app, actor, { current: body.current_password ?? null, next: body.new_password }, origin);
    return undefined;
  });
}

function meRoutes(http: Http, app: Parts, gate: Gate): void {
  // Kept as long as the facts are: a session check is asked far more often than anything changes.
  const answers = new WeakMap<SessionFacts, ReturnType<typeof whoAmI>>();
  serve(http, app, me.getMe, async ({ request }) => {
    const facts = await gate.factsOf(request);
    const answer = answers.get(facts) ?? Object.freeze(whoAmI(facts));
    answers.set(facts, answer);
    return answer;
  });
  serve(http, app, me.patchMe, async ({ actor, body, request, transactAsSystem }) => {
    const facts = await gate.factsOf(request);
    const change = {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.locale === undefined ? {} : { locale: body.locale }),
      ...(body.role_at_signup === undefined ? {} : { roleAtSignup: body.role_at_signup }),
    };
    return transactAsSystem("the person's own row belongs to no account", async (tx) => {
      await updateUser(tx, actor.userId, change, app.clock.now());
      await factsChanged(app, tx, `user:${actor.userId}`);
      return whoAmI({ ...facts, user: { ...facts.user, ...change } });
    });
  });
}

const whoAmI = (facts: SessionFacts) => ({
  user: presentUser(facts.user),
  account: { ...facts.account, role: facts.role },
  permissions: [...permissionsOfRole(facts.role)],
  impersonated_by: facts.impersonation
    ? { operator_id: facts.impersonation.operatorId, ends_at: facts.sessionExpiresAt.toISOString() }
    : null,
});

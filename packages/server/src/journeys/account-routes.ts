import { accounts, auth, invites, waitlist } from "@gatehouse/contract";
import { listAccountsOf } from "../access/member-of.store.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { chooseAccount, login } from "../identity/login.ts";
import { presentAccess, presentSignIn } from "../identity/present-person.ts";
import { setRefreshCookie } from "../identity/refresh-cookie.ts";
import { findUser } from "../identity/users.store.ts";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Http, serve } from "../platform/serve.ts";
import { presentOffer } from "../waitlist/routes.ts";
import { acceptInvite } from "./accept-invite.ts";
import { joinOnSignIn } from "./join-on-sign-in.ts";
import { takeOffer } from "./take-offer.ts";

type Parts = App & { readonly hashes: HashGate };

/** Ways into an account: signing in with an invite in hand, accepting one, and going from one account to another. */
export function accountEntryRoutes(http: Http, app: Parts): void {
  serve(http, app, auth.login, async ({ body, origin, reply }) => {
    const token = body.invite_token;
    const input = { email: body.email, password: body.password, accountId: body.account_id ?? null, origin };
    const signIn = await login(app, input, token === undefined ? null : (tx, user) => joinOnSignIn(app, tx, user, { token }, origin));
    const inBody = body.transport === "body";
    if (!inBody) setRefreshCookie(app.config, reply, signIn.refreshToken);
    return presentSignIn(app, signIn, inBody);
  });
  acceptRoute(http, app);
  acceptTicketRoute(http, app);
  serve(http, app, accounts.listAccounts, async ({ actor }) => {
    const all = await app.db.asSystem("a person's accounts are many", (tx) => listAccountsOf(tx, actor.userId));
    const items = all.map(({ id, name, slug, role, deletionDueAt }) => ({
      id,
      name,
      slug,
      role,
      is_current: id === actor.accountId,
      deletion_due_at: deletionDueAt?.toISOString() ?? null,
    }));
    return { items, next_cursor: null };
  });
  serve(http, app, accounts.switchAccount, async ({ actor, body }) => {
    const found = await app.db.asSystem("a person's accounts are many", async (tx) => ({
      user: (await findUser(tx, actor.userId)) ?? refuse("session_ended"),
      account: chooseAccount(await listAccountsOf(tx, actor.userId), body.account_id),
    }));
    return presentAccess(app, { ...found, sessionId: actor.sessionId });
  });
}

function acceptRoute(http: Http, app: Parts): void {
  serve(http, app, invites.acceptInvite, async ({ actor, params, body, origin, reply }) => {
    const { user, account, session, passwordRemoved } = await acceptInvite(app, actor, {
      token: params.token,
      password: body.password ?? null,
      origin,
    });
    const inBody = body.transport === "body";
    if (session && !inBody) setRefreshCookie(app.config, reply, session.refreshToken);
    const signIn = {
      user,
      account,
      sessionId: session?.sessionId ?? actor.sessionId,
      refreshToken: session?.refreshToken ?? "",
      invite: { accepted: true, code: null },
    };
    const answer = await presentSignIn(app, signIn, session !== null && inBody);
    return { ...answer, invite: signIn.invite, password_removed: passwordRemoved, role: account.role };
  });
}

function acceptTicketRoute(http: Http, app: Parts): void {
  serve(http, app, waitlist.acceptTicket, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem("a ticket is an address's, and may make an account", async (tx) => {
      const target = body.account_name === undefined ? { accountId: actor.accountId } : { accountName: body.account_name };
      const taken = await takeOffer(app, tx, actor.userId, { token: params.token, target, origin });
      const { id, name, slug, role } = taken.account;
      return { account: { id, name, slug, role }, grant_id: taken.grantId, offer: presentOffer(app, taken.offer) };
    }),
  );
}

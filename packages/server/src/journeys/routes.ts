import { auth, me, oauth } from "@gatehouse/contract";
import type { FastifyReply } from "fastify";
import { markBrowser, readBrowser } from "../identity/browser-cookie.ts";
import { confirmPerson } from "../identity/confirm-person.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { presentAccess, presentSignIn } from "../identity/present-person.ts";
import { clearRefreshCookie, setRefreshCookie } from "../identity/refresh-cookie.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import type { Arrived } from "./arrive.ts";
import { confirmEmail } from "./confirm-email.ts";
import { deleteMe } from "./delete-me.ts";
import { finishOauth } from "./finish-oauth.ts";
import { register } from "./register.ts";
import { resetPassword } from "./reset-password.ts";

type Parts = App & { readonly hashes: HashGate };

export function journeyRoutes(http: Http, app: Parts): void {
  signUpRoutes(http, app);
  arrivalRoutes(http, app);
  serve(http, app, me.deleteMe, async ({ actor, body, origin, reply, transactAsSystem }) => {
    const confirmed = await confirmPerson(app, actor, body.password ?? null);
    await transactAsSystem("a person is deleted in every account at once", async (tx) => {
      await deleteMe(app, tx, confirmed, origin);
      return undefined;
    });
    clearRefreshCookie(app.config, reply);
    return undefined;
  });
}

const CHECK_YOUR_EMAIL = { status: "check_your_email" } as const;

function signUpRoutes(http: Http, app: Parts): void {
  serve(http, app, auth.register, async ({ body, origin, request, reply }) => {
    const signIn = await register(app, {
      email: body.email,
      password: body.password,
      name: body.name,
      accountName: body.account_name ?? null,
      inviteToken: body.invite_token ?? null,
      waitlistToken: body.waitlist_token ?? null,
      origin,
      markBrowser: () => markBrowser(app, request, reply),
    });
    if (!signIn) return CHECK_YOUR_EMAIL;
    const inBody = body.transport === "body";
    if (!inBody) setRefreshCookie(app.config, reply, signIn.refreshToken);
    return presentSignIn(app, signIn, inBody);
  });
  serve(http, app, auth.resetPassword, async ({ body, origin, reply }) => {
    await resetPassword(app, { ...body, origin });
    clearRefreshCookie(app.config, reply);
    return undefined;
  });
}

function arrivalRoutes(http: Http, app: Parts): void {
  serve(http, app, oauth.finishOauth, async ({ params, body, origin, request, reply }) => {
    const { code, state, iss, error } = body;
    const browser = readBrowser(app, request);
    const finished = await finishOauth(app, { provider: params.provider, code, state, iss, error, browser, origin });
    if (finished.kind === "mail") return CHECK_YOUR_EMAIL;
    if (finished.kind === "in") return presentArrival(app, reply, finished, body.transport === "body");
    return { ...(await presentAccess(app, finished)), outcome: "connected" as const, return_to: finished.returnTo };
  });
  serve(http, app, oauth.confirmEmail, async ({ body, origin, request, reply }) => {
    const browser = readBrowser(app, request);
    const arrived = await confirmEmail(app, { token: body.token, password: body.password ?? null, browser, origin });
    return presentArrival(app, reply, arrived, body.transport === "body");
  });
}

async function presentArrival(app: Parts, reply: FastifyReply, arrived: Arrived & { returnTo: string | null }, inBody: boolean) {
  if (!inBody) setRefreshCookie(app.config, reply, arrived.refreshToken);
  return { ...(await presentSignIn(app, arrived, inBody)), outcome: arrived.outcome, return_to: arrived.returnTo };
}

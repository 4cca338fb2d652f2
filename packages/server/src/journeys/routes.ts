import { auth, me } from "@gatehouse/contract";
import { confirmPassword } from "../identity/change-password.ts";
import type { HashGate } from "../identity/hash-gate.ts";
import { presentSignIn } from "../identity/present-person.ts";
import { clearRefreshCookie, setRefreshCookie } from "../identity/refresh-cookie.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { deleteMe } from "./delete-me.ts";
import { register } from "./register.ts";
import { resetPassword } from "./reset-password.ts";

export function journeyRoutes(http: Http, app: App & { readonly hashes: HashGate }): void {
  serve(http, app, auth.register, async ({ body, origin, reply }) => {
    const signIn = await register(app, {
      email: body.email,
      password: body.password,
      name: body.name,
      accountName: body.account_name ?? null,
      inviteToken: body.invite_token ?? null,
      origin,
    });
    const inBody = body.transport === "body";
    if (!inBody) setRefreshCookie(app.config, reply, signIn.refreshToken);
    return presentSignIn(app, signIn, inBody);
  });
  serve(http, app, auth.resetPassword, async ({ body, origin, reply }) => {
    await resetPassword(app, { ...body, origin });
    clearRefreshCookie(app.config, reply);
    return undefined;
  });
  serve(http, app, me.deleteMe, async ({ actor, body, origin, reply, transactAsSystem }) => {
    const confirmed = await confirmPassword(app, actor, body.password);
    await transactAsSystem("a person is deleted in every account at once", async (tx) => {
      await deleteMe(app, tx, confirmed, origin);
      return undefined;
    });
    clearRefreshCookie(app.config, reply);
    return undefined;
  });
}

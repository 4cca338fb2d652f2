import { adminOverrides } from "@gatehouse/contract";
import { featureOverrides, limitOverrides } from "../access/override-edits.store.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { presentSetting, readFeature, readLimit } from "./read-override.ts";
import { removeOverride, setFeature, setLimit } from "./set-override.ts";

const REASON = "an operator looks after an account that is not theirs";

/** For operators: what was set for one account, over what its plan says. */
export function adminOverrideRoutes(http: Http, app: App): void {
  serve(http, app, adminOverrides.getAccountFlag, ({ params }) =>
    app.db.asSystem(REASON, async (tx) => presentSetting(await readFeature(tx, app, params.id, params.flag), app.clock.now())),
  );
  serve(http, app, adminOverrides.setAccountFlag, ({ actor, origin, params, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      await setFeature(
        tx,
        app,
        { userId: actor.userId, origin, reason: body.reason },
        { ...editOf(params.id, params.flag, body), value: body.value },
      );
      return presentSetting(await readFeature(tx, app, params.id, params.flag), app.clock.now());
    }),
  );
  serve(http, app, adminOverrides.unsetAccountFlag, ({ actor, origin, params, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const edit = { accountId: params.id, key: params.flag, readVersion: body.version };
      await removeOverride(tx, app, { userId: actor.userId, origin, reason: body.reason }, featureOverrides, edit);
      return undefined;
    }),
  );

  serve(http, app, adminOverrides.getAccountLimit, ({ params }) =>
    app.db.asSystem(REASON, async (tx) => presentSetting(await readLimit(tx, app, params.id, params.limit), app.clock.now())),
  );
  serve(http, app, adminOverrides.setAccountLimit, ({ actor, origin, params, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      await setLimit(
        tx,
        app,
        { userId: actor.userId, origin, reason: body.reason },
        { ...editOf(params.id, params.limit, body), value: body.value },
      );
      return presentSetting(await readLimit(tx, app, params.id, params.limit), app.clock.now());
    }),
  );
  serve(http, app, adminOverrides.unsetAccountLimit, ({ actor, origin, params, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const edit = { accountId: params.id, key: params.limit, readVersion: body.version };
      await removeOverride(tx, app, { userId: actor.userId, origin, reason: body.reason }, limitOverrides, edit);
      return undefined;
    }),
  );
}

const editOf = (accountId: string, key: string, body: { readonly version: number | null; readonly expires_at: string | null }) => ({
  accountId,
  key,
  readVersion: body.version,
  expiresAt: body.expires_at === null ? null : new Date(body.expires_at),
});

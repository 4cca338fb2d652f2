import { adminAccounts } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { explainFor } from "./explain-for.ts";
import { giveGrant, takeGrant } from "./give-grant.ts";
import { endImpersonation, impersonate } from "./impersonate.ts";
import { presentFound, presentGrant, presentTrial } from "./present-account.ts";
import { prolongTrial } from "./prolong-trial.ts";
import { restoreForPeople } from "./restore-account.ts";
import { searchAccounts } from "./search-accounts.ts";
import { showAccount } from "./show-account.ts";

const REASON = "an operator acts on an account that is not theirs";

/** For operators: every account, and what they may do for one. */
export function adminAccountRoutes(http: Http, app: App): void {
  serve(http, app, adminAccounts.searchAccounts, async ({ query }) => {
    const search = { query: query.query ?? null, state: query.state ?? null, cursor: query.cursor, limit: query.limit };
    const { items, nextCursor } = await app.db.asSystem("an operator searches all accounts", (tx) => searchAccounts(app, tx, search));
    return { items: items.map(presentFound), next_cursor: nextCursor };
  });
  serve(http, app, adminAccounts.readAccount, ({ params }) => showAccount(app, params.id));
  serve(http, app, adminAccounts.explainFor, ({ params, query }) =>
    explainFor(app, params.id, query.user_id ?? null, query.at === undefined ? app.clock.now() : new Date(query.at)),
  );
  giftRoutes(http, app);
  serve(http, app, adminAccounts.restoreDeleted, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, (tx) => restoreForPeople(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id)),
  );
  serve(http, app, adminAccounts.impersonate, ({ actor, params, body, origin }) =>
    impersonate(app, actor, params.id, { origin, reason: body.reason }),
  );
  serve(http, app, adminAccounts.endImpersonation, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      await endImpersonation(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id);
      return undefined;
    }),
  );
}

function giftRoutes(http: Http, app: App): void {
  serve(http, app, adminAccounts.giveGrant, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const wish = { plan: body.plan, until: body.until === null ? null : new Date(body.until) };
      const grant = await giveGrant(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id, wish);
      return presentGrant(grant, app.clock.now());
    }),
  );
  serve(http, app, adminAccounts.endGrant, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const which = { grantId: params.grant_id, version: body.version ?? null };
      const grant = await takeGrant(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id, which);
      return presentGrant(grant, app.clock.now());
    }),
  );
  serve(http, app, adminAccounts.extendTrial, ({ actor, params, body, origin, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      const wish = { days: body.days, version: body.version ?? null };
      return presentTrial(app, await prolongTrial(app, tx, { userId: actor.userId, origin, reason: body.reason }, params.id, wish));
    }),
  );
}

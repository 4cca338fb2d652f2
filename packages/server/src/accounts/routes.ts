import { accounts } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { isByOperator } from "../platform/audit.store.ts";
import { beginOfPage, pageOf } from "../platform/cursor.ts";
import { type Http, serve } from "../platform/serve.ts";
import { accountDetails } from "./account-details.ts";
import { listTrail, type TrailEvent } from "./audit-trail.store.ts";
import { editAccount } from "./edit-account.ts";

/** Never guarded: whoever is shut out of the product still has an account. */
export function accountRoutes(http: Http, app: App): void {
  serve(http, app, accounts.getAccount, ({ actor }) => app.db.forAccount(actor.accountId, (tx) => accountDetails(app, tx, actor)));
  serve(http, app, accounts.patchAccount, ({ actor, origin, body, transact }) =>
    transact(async (tx) => {
      const { name, company_size: companySize, industry, primary_use: primaryUse } = body;
      await editAccount(app, tx, { actor, origin }, { name, companySize, industry, primaryUse });
      return accountDetails(app, tx, actor);
    }),
  );
  serve(http, app, accounts.listAudit, async ({ actor, query }) => {
    const page = { before: beginOfPage(query.cursor), limit: query.limit + 1, action: query.action ?? null };
    const found = await app.db.forAccount(actor.accountId, (tx) => listTrail(tx, actor.accountId, page));
    const { items, nextCursor } = pageOf(found, query.limit);
    return { items: items.map(presentEvent), next_cursor: nextCursor };
  });
}

const presentEvent = (event: TrailEvent) => {
  const { actor, ip, userAgent } = isByOperator(event.details) ? asOperators(event) : event;
  return {
    id: event.id,
    at: event.at.toISOString(),
    action: event.action,
    actor: actor && { id: actor.id, name: actor.name ?? "A former member" },
    target_id: event.targetId,
    ip,
    user_agent: userAgent,
    details: event.details,
  };
};

/** Which of us it was and from where is between operators; also of one who is in the account, for they did not do it as its member. */
const asOperators = ({ actor }: TrailEvent) => ({ actor: actor && { id: null, name: "An operator" }, ip: null, userAgent: null });

import { accounts } from "@gatehouse/contract";
import { accountDetails } from "../accounts/account-details.ts";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { deleteAccount, restoreAccount } from "./delete-account.ts";

/** Never guarded: whoever is shut out may go, and may come back. */
export function deletionRoutes(http: Http, app: App): void {
  serve(http, app, accounts.deleteAccount, ({ actor, body, origin, transact }) =>
    transact(async (tx) => {
      const { requestedAt, dueAt } = await deleteAccount(app, tx, { actor, origin }, body.confirm);
      return { requested_at: requestedAt.toISOString(), due_at: dueAt.toISOString() };
    }),
  );
  serve(http, app, accounts.restoreAccount, ({ actor, origin, transact }) =>
    transact(async (tx) => {
      await restoreAccount(app, tx, { actor, origin });
      return accountDetails(app, tx, actor);
    }),
  );
}

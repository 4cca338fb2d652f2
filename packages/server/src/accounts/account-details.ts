import { readSeats } from "../access/seats.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { findAccount } from "./accounts.store.ts";
import { findOpenDeletion } from "./deletions.store.ts";

/**
 * The account as its people see it: what `GET /accounts/me` answers, and whatever changes the account.
 * @throws Refusal session_ended when the account has been erased meanwhile
 */
export async function accountDetails(app: Pick<App, "clock" | "policy" | "stripe">, tx: Tx, actor: Actor) {
  const account = (await findAccount(tx, actor.accountId)) ?? refuse("session_ended");
  const { limit, used } = await readSeats(app, tx, actor.accountId);
  const deletion = await findOpenDeletion(tx, actor.accountId);
  return {
    id: actor.accountId,
    name: account.name,
    slug: account.slug,
    role: actor.role,
    company_size: account.companySize,
    industry: account.industry,
    primary_use: account.primaryUse,
    seats: { limit, used },
    created_at: account.createdAt.toISOString(),
    deletion: deletion && { requested_at: deletion.requestedAt.toISOString(), due_at: deletion.dueAt.toISOString() },
  };
}

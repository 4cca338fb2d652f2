import { factsChanged } from "../access/facts-cache.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit, type Origin } from "../platform/audit.store.ts";
import { refuse } from "../platform/refuse.ts";
import type { Actor } from "../platform/serve.ts";
import { type AccountProfile, lockAccount, updateAccount } from "./accounts.store.ts";

/** What is to be changed; undefined: left as it is. */
export type AccountChange = { readonly [Field in keyof AccountProfile]: AccountProfile[Field] | undefined };

/** Each field as the wire and the audit call it. */
const NAMES: Readonly<Record<keyof AccountProfile, string>> = {
  name: "name",
  companySize: "company_size",
  industry: "industry",
  primaryUse: "primary_use",
};
const FIELDS = ["name", "companySize", "industry", "primaryUse"] as const;

/**
 * Changes the account's name and what is known of the company. The audit says which fields became another, and not to what; a change to
 * what it is already leaves no trace.
 * @throws Refusal session_ended when the account has been erased meanwhile
 */
export async function editAccount(
  app: Pick<App, "clock" | "ids" | "signals">,
  tx: Tx,
  by: { readonly actor: Actor; readonly origin: Origin },
  change: AccountChange,
): Promise<void> {
  const { accountId, userId } = by.actor;
  const before = (await lockAccount(tx, accountId)) ?? refuse("session_ended");
  const after: AccountProfile = {
    name: change.name ?? before.name,
    companySize: change.companySize === undefined ? before.companySize : change.companySize,
    industry: change.industry === undefined ? before.industry : change.industry,
    primaryUse: change.primaryUse === undefined ? before.primaryUse : change.primaryUse,
  };
  const changed = FIELDS.filter((field) => after[field] !== before[field]);
  if (changed.length === 0) return;

  await updateAccount(tx, accountId, after, app.clock.now());
  // Of what is edited here, the cache holds the name alone.
  if (changed.includes("name")) await factsChanged(app, tx, `account:${accountId}`);
  await audit(app, tx, {
    ...by.origin,
    accountId,
    actorUserId: userId,
    action: "account.updated",
    targetId: accountId,
    details: { fields: changed.map((field) => NAMES[field]).join(", ") },
  });
}

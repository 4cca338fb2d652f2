import type { FactChange } from "../access/history.store.ts";
import type { MemberOf } from "../access/member-of.store.ts";
import { insertAccount, slugOf } from "../accounts/accounts.store.ts";
import { insertMembership } from "../accounts/memberships.store.ts";
import type { User } from "../identity/users.store.ts";
import { verificationFact } from "../identity/verify-email.ts";
import type { App, Tx } from "../platform/app.ts";
import { membershipFact } from "./membership-fact.ts";

export interface MadeAccount {
  readonly account: MemberOf;
  /** What the history is to tell of it, with what else it is given. */
  readonly facts: readonly FactChange[];
}

/** Makes an account with its owner, on no plan: what it is given is the caller's. @param name null: named after the owner */
export async function makeAccount(
  app: Pick<App, "clock" | "ids">,
  tx: Tx,
  owner: User,
  name: string | null,
  cause: string,
): Promise<MadeAccount> {
  const now = app.clock.now();
  const [id, membershipId] = [app.ids.next(), app.ids.next()];
  const called = name ?? `${owner.name.slice(0, 110)}'s team`;
  const account: MemberOf = { id, name: called, slug: slugOf(called, id), role: "owner", deletionDueAt: null };
  await insertAccount(tx, { ...account, createdAt: now });
  await insertMembership(tx, { accountId: id, id: membershipId, userId: owner.id, role: "owner", invitedBy: null, createdAt: now });
  const facts = [
    membershipFact(id, membershipId, owner.id, "owner", now, cause),
    verificationFact(id, owner.id, owner.createdAt, owner.emailVerifiedAt, cause),
  ];
  return { account, facts };
}

import { explainAccess } from "../access/explain.ts";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { findMember, loadAccountFacts } from "./account-detail.store.ts";

type Parts = Pick<App, "db" | "clock" | "policy" | "config" | "stripe" | "catalogue">;

/**
 * Why the doors of an account are open or shut at `at` for one of its people, as they are told it themselves, with the reasons of operators.
 * @param userId null: the owner who has been in it the longest
 * @throws Refusal account_not_found, member_not_found
 */
export async function explainFor(app: Parts, accountId: string, userId: string | null, at: Date) {
  const person = await app.db.forAccount(accountId, async (tx) => {
    if ((await loadAccountFacts(tx, accountId, app.stripe.livemode)) === null) refuse("account_not_found");
    return (await findMember(tx, accountId, userId)) ?? refuse("member_not_found");
  });
  // Asked for somebody who is not signed in: there is no session.
  const actor = { accountId, userId: person.userId, role: person.role, isOperator: true, impersonatedBy: null, sessionId: "" };
  const { userId: user_id, name, email, role } = person;
  return { ...(await explainAccess(app, actor, at)), person: { user_id, name, email, role } };
}

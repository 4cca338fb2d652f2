import { factsChanged } from "../access/facts-cache.ts";
import { recordFact } from "../access/history.store.ts";
import { lockAccount } from "../accounts/accounts.store.ts";
import { lockMembers } from "../accounts/memberships.store.ts";
import { claimWhatIsFree, giveTrial } from "../billing/claim-trial.ts";
import { findStandingRefusal, waiveRefusal } from "../billing/trial-refusals.store.ts";
import { findTrial } from "../billing/trials.store.ts";
import { listSubjects } from "../identity/identities.store.ts";
import { findUser, normalisedEmailOf } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { type Act, auditAct } from "./act.ts";

type Parts = Pick<App, "clock" | "ids" | "config" | "policy" | "catalogue" | "secrets" | "signals">;

/**
 * Gives an account its trial after all, from now, as long as any trial. It is remembered like others, by what nobody else holds: whose
 * trial stood in the way keeps theirs. Of an account that has its trial, it sets aside that a card showed it to be a second one.
 *
 * @throws Refusal account_not_found | account_deleted | trial_given_already
 */
export async function waiveTrial(tx: Tx, app: Parts, by: Act, accountId: string): Promise<void> {
  const now = app.clock.now();
  // Of two operators at once the second sees the first one's trial.
  const account = (await lockAccount(tx, accountId)) ?? refuse("account_not_found");
  if (account.deletedAt !== null) refuse("account_deleted");
  const endsAt = (await waiveSecond(app, tx, accountId)) ?? (await giveAfterAll(app, tx, accountId));
  await waiveRefusal(tx, accountId, { by: by.userId, reason: by.reason, at: now });
  const details = { ends_at: endsAt.toISOString() };
  await auditAct(app, tx, by, { accountId, action: "trial.waived", targetId: accountId, details });
}

/** A trial that was found to be a second one is as any from now on. @returns its end; null: the account has none */
async function waiveSecond(app: Parts, tx: Tx, accountId: string): Promise<Date | null> {
  const trial = await findTrial(tx, accountId);
  if (trial !== null && (await findStandingRefusal(app, tx, accountId)) === null) refuse("trial_given_already");
  return trial?.endsAt ?? null;
}

async function giveAfterAll(app: Parts, tx: Tx, accountId: string): Promise<Date> {
  await claimForFirstOwner(app, tx, accountId);
  const { endsAt, ...fact } = await giveTrial(app, tx, { accountId, startsAt: app.clock.now(), cause: "trial.waived" });
  await recordFact(app, tx, fact);
  await factsChanged(app, tx, `account:${accountId}`);
  return endsAt;
}

/** Who has been its owner the longest: ids are in the order of their making. */
async function claimForFirstOwner(app: Parts, tx: Tx, accountId: string): Promise<void> {
  const owner = (await lockMembers(tx, accountId)).find(({ role }) => role === "owner");
  const user = owner ? await findUser(tx, owner.userId) : null;
  if (!user) return;
  const identities = await listSubjects(tx, user.id);
  const normalisedEmail = normalisedEmailOf(user);
  await claimWhatIsFree(app, tx, accountId, { normalisedEmail, identities, proven: user.emailVerifiedAt !== null });
}

import { type ClaimHolder, judgePastTrial, PAST_TRIAL_VERDICTS, type PastTrialVerdict } from "@gatehouse/core";
import { claimKey, findHolders, type HashedClaim, keepPastClaims, type PastClaim } from "../access/trial-claims.store.ts";
import { firstOwners } from "../accounts/all-accounts.store.ts";
import { claimsOf } from "../billing/claim-trial.ts";
import { countTrials, listTrials } from "../billing/past-trials.store.ts";
import { subjectsOfMany } from "../identity/identities.store.ts";
import { findAddresses, normalisedEmailOf } from "../identity/users.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";

type Parts = Pick<App, "db" | "secrets">;
const WHY = "trials are remembered across all accounts";

/** How many accounts, by what became of their trials. */
export type PastTrialCounts = Readonly<Record<PastTrialVerdict, number>>;
export const NOTHING_REMEMBERED: PastTrialCounts = { remembered: 0, known: 0, held_by_others: 0, nobody_left: 0 };

export interface RememberedPage {
  /** The last account that was looked at; null: there was none left. */
  readonly last: string | null;
  readonly counts: PastTrialCounts;
}
/** What a dry run would have taken, by `claimKey`: two of its pages must not take the same. Some 200 bytes a trial. */
export type WouldHold = Map<string, ClaimHolder>;

export const countPastTrials = (app: Pick<App, "db">): Promise<number> => app.db.asSystem(WHY, countTrials);

/**
 * Remembers the next trials by what sign-up would have remembered them by, of who has owned the account the longest, as of the day that the
 * trial began; one short transaction. Done again it changes nothing, so that it may be broken off anywhere.
 *
 * Who proves their address at this moment waits for the transaction: they would find nothing yet to prove.
 * @param after the account that was looked at last; null: none yet
 * @param dryRun nothing is written; null: it is
 */
export function rememberTrials(app: Parts, after: string | null, limit: number, dryRun: WouldHold | null): Promise<RememberedPage> {
  return app.db.asSystem(WHY, async (tx) => {
    const trials = await readTrials(app, tx, after, limit, dryRun === null);
    const holders = await findHolders(
      tx,
      trials.flatMap(({ claims }) => claims),
    );
    const taken = new Map<string, PastClaim>();
    const counts = { ...NOTHING_REMEMBERED };
    for (const trial of trials) {
      const { verdict, takes } = judgePastTrial(trial, (claim) => {
        const key = claimKey(claim);
        return dryRun?.get(key) ?? holders.get(key) ?? null;
      });
      counts[verdict] += 1;
      for (const claim of takes) {
        const { accountId, isProven, startsAt: at, provenAt } = trial;
        (dryRun ?? holders).set(claimKey(claim), { accountId, isProven });
        taken.set(claimKey(claim), { ...claim, accountId, at, provenAt });
      }
    }
    if (dryRun === null) await keepPastClaims(tx, [...taken.values()]);
    return { last: trials.at(-1)?.accountId ?? null, counts };
  });
}

export function addRemembered(counts: PastTrialCounts, more: PastTrialCounts): PastTrialCounts {
  const sum = { ...counts };
  for (const verdict of PAST_TRIAL_VERDICTS) sum[verdict] += more[verdict];
  return sum;
}

/** What the audit says of a whole run. @param userAgent who asked */
export const auditRemembered = (app: Pick<App, "db" | "clock" | "ids">, counts: PastTrialCounts, userAgent: string): Promise<void> =>
  app.db.asSystem(WHY, (tx) =>
    audit(app, tx, {
      ...{ accountId: null, actorUserId: null, targetId: null, ip: null, userAgent },
      action: "trials.remembered",
      details: counts,
    }),
  );

interface ReadTrial {
  readonly accountId: string;
  readonly startsAt: Date;
  readonly provenAt: Date | null;
  readonly isProven: boolean;
  readonly claims: readonly HashedClaim[];
}
async function readTrials(app: Parts, tx: Tx, after: string | null, limit: number, isWriting: boolean): Promise<ReadTrial[]> {
  const trials = await listTrials(tx, after, limit);
  const accountIds = trials.map(({ accountId }) => accountId);
  const owners = await firstOwners(tx, accountIds);
  const userIds = [...new Set(owners.values())];
  const people = new Map((await findAddresses(tx, userIds, isWriting)).map((person) => [person.id, person]));
  const identities = Map.groupBy(await subjectsOfMany(tx, userIds), ({ userId }) => userId);
  return trials.map(({ accountId, startsAt }) => {
    const person = people.get(owners.get(accountId) ?? "");
    if (!person) return { accountId, startsAt, provenAt: null, isProven: false, claims: [] };
    const provenAt = person.emailVerifiedAt;
    const traits = { normalisedEmail: normalisedEmailOf(person), identities: identities.get(person.id) ?? [] };
    return { accountId, startsAt, provenAt, isProven: provenAt !== null, claims: claimsOf(app, traits) };
  });
}

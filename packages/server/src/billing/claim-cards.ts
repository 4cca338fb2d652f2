import { whyNotTrial } from "@gatehouse/core";
import { claimForAccount } from "../access/trial-claims.store.ts";
import type { App, Tx } from "../platform/app.ts";
import { audit } from "../platform/audit.store.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { findCustomer } from "./billing-customers.store.ts";
import { hashClaim } from "./claim-trial.ts";
import { tell } from "./tell.ts";
import { insertRefusal } from "./trial-refusals.store.ts";
import { findTrial } from "./trials.store.ts";

export type ClaimCardsParts = Pick<App, "db" | "clock" | "ids" | "config" | "secrets" | "stripe" | "jobs">;

/**
 * Remembers the cards that an account pays with beside its trial. A card comes after the trial was given, from who is about to pay, and
 * nobody is charged earlier than the checkout has said: where another account's trial is remembered by it, the trial is known for a second
 * one from then on, and keeps its end. It gets no more of it (`carryTrial`, and what operators extend) until an operator waives that; they
 * are told. Doing it again changes nothing.
 *
 * @throws Refusal billing_unavailable | billing_failed: the queue tries again
 */
export async function claimCards(app: ClaimCardsParts, accountId: string): Promise<void> {
  if (app.config.trialAbuse === null) return;
  const customer = await app.db.forAccount(accountId, (tx) => findCustomer(tx, accountId));
  if (customer?.customerId == null) return;
  const fingerprints = await (await app.stripe.calls(JOB_SECONDS)).listCardFingerprints(customer.customerId);
  const cards = [...new Set(fingerprints)].map((fingerprint) => hashClaim(app, "card", fingerprint));
  await app.db.asSystem("a card may be remembered with another account's trial", async (tx) => {
    if ((await findTrial(tx, accountId)) === null) return;
    // In one order, so that two who pay with the same cards do not wait for each other.
    for (const card of cards.toSorted((a, b) => Buffer.compare(a.hash, b.hash))) {
      const holder = await claimForAccount(tx, accountId, card, app.clock.now());
      if (holder === null || holder === accountId) continue;
      await refuseMore(app, tx, accountId);
      await tell(app, tx, accountId, [
        { key: `operator:trial_card:${holder}`, kind: "operator_trial_card", details: { trial_of: holder } },
      ]);
    }
  });
}

/** Writes down that the trial is a second one. The audit is read by the account's people: whose the first one was is not theirs to know. */
async function refuseMore(app: ClaimCardsParts, tx: Tx, accountId: string): Promise<void> {
  const reason = whyNotTrial({ isDisposable: false, taken: ["card"] });
  if (reason === null || !(await insertRefusal(tx, accountId, reason, app.clock.now()))) return;
  const details = { reason };
  await audit(app, tx, {
    accountId,
    actorUserId: null,
    action: "trial.found_second",
    targetId: accountId,
    details,
    ip: null,
    userAgent: null,
  });
}

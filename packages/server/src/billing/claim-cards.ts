import { claimForAccount } from "../access/trial-claims.store.ts";
import type { App } from "../platform/app.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { findCustomer } from "./billing-customers.store.ts";
import { hashClaim } from "./claim-trial.ts";
import { tell } from "./tell.ts";
import { findTrial } from "./trials.store.ts";

export type ClaimCardsParts = Pick<App, "db" | "clock" | "config" | "secrets" | "stripe" | "jobs">;

/**
 * Remembers the cards that an account pays with beside its trial. A card comes after the trial was given, and nobody is charged earlier
 * than the checkout has said: where another account's trial is remembered by it, the operators are told, and they decide. Doing it again
 * changes nothing.
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
      await tell(app, tx, accountId, [
        { key: `operator:trial_card:${holder}`, kind: "operator_trial_card", details: { trial_of: holder } },
      ]);
    }
  });
}

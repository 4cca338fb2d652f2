import type { App } from "../platform/app.ts";
import { applyEvent } from "./apply-event.ts";
import { cancelDuplicate } from "./cancel-duplicate.ts";
import { claimCards } from "./claim-cards.ts";
import { stepReconciliation } from "./reconcile.ts";

/** Who does the jobs that ask Stripe. */
export function billingJobs(app: App): void {
  app.jobs.handle("stripe.event", (data) => applyEvent(app, String(data["eventId"])));
  app.jobs.handle("stripe.claim_cards", (data) => claimCards(app, String(data["accountId"])));
  app.jobs.handle("stripe.cancel_duplicate", (data) => cancelDuplicate(app, String(data["accountId"]), String(data["subscriptionId"])));
  app.jobs.handle("stripe.reconcile", (data) => stepReconciliation(app, String(data["runId"])));
}

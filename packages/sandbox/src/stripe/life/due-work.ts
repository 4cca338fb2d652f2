import { missing } from "../refusal.ts";
import type { World } from "../world.ts";
import { advanceInvoice, tryInvoice } from "./attempts.ts";
import { expireSession } from "./checkout.ts";
import { invoiceDue, sessionDue, subscriptionDue } from "./due-times.ts";
import { noteOf } from "./notes.ts";
import { expirePendingUpdate } from "./pending-update.ts";
import { endTrial, renew } from "./renewals.ts";
import { tellTrialEnd } from "./subscribe.ts";
import { endSubscription, expireIncomplete, updateSubscription } from "./subscription-status.ts";

/** When the object of this id changes by itself; null: never. */
export function dueAt(world: World, id: string): number | null {
  const { subscription, invoice, "checkout.session": session } = world.state;
  if (id.startsWith("sub_")) {
    const found = subscription.get(id);
    return found === undefined ? null : (subscriptionDue(found, noteOf(world, id))?.at ?? null);
  }
  if (id.startsWith("in_")) {
    const found = invoice.get(id);
    return found === undefined ? null : invoiceDue(found);
  }
  const found = session.get(id);
  return found === undefined ? null : sessionDue(found);
}

/** Does what is due of an object; its customer's time is that of the due work. */
export function runDue(world: World, id: string): void {
  if (id.startsWith("sub_")) runSubscription(world, id);
  else if (id.startsWith("in_")) runInvoice(world, id);
  else expireSession(world, id);
}

function runSubscription(world: World, id: string): void {
  const subscription = world.state.subscription.get(id);
  if (subscription === undefined) throw missing("subscription", id);
  switch (subscriptionDue(subscription, noteOf(world, id))?.what) {
    case "tell_trial_end":
      tellTrialEnd(world, subscription);
      return;
    case "expire_update":
      expirePendingUpdate(world, subscription);
      return;
    case "resume_collection":
      updateSubscription(world, subscription, { pause_collection: null });
      return;
    case "expire_incomplete":
      expireIncomplete(world, subscription);
      return;
    case "cancel":
      endSubscription(world, subscription, { reason: "cancellation_requested" });
      return;
    case "end_trial":
      endTrial(world, subscription);
      return;
    case "renew":
      renew(world, subscription);
      return;
    default:
      return;
  }
}

function runInvoice(world: World, id: string): void {
  const invoice = world.state.invoice.get(id);
  if (invoice === undefined) throw missing("invoice", id);
  if (invoice.status === "draft") advanceInvoice(world, invoice, "absent");
  else tryInvoice(world, invoice, "absent");
}

import { listSection } from "../platform/list-section.ts";
import type { ExportSection } from "../platform/product-parts.ts";
import {
  claimsAfter,
  customerAfter,
  duplicatesAfter,
  grantsAfter,
  refusalAfter,
  subscriptionsAfter,
  trialsAfter,
} from "./billing-export.store.ts";

const folder = "billing";

/** The facts as they are stored. What Stripe keeps of the account (cards, invoices, receipts) is had from Stripe. */
export const billingSections: readonly ExportSection[] = [
  listSection({ name: "trials", folder, about: "the trial", read: trialsAfter }),
  listSection({ name: "trial-claims", folder, about: "that the trial is remembered, by what kinds of traits", read: claimsAfter }),
  listSection({ name: "trial-refusals", folder, about: "why there was no trial", read: refusalAfter }),
  listSection({ name: "grants", folder, about: "what was given for nothing, and why", read: grantsAfter }),
  listSection({ name: "subscriptions", folder, about: "subscriptions at Stripe, as they were last read there", read: subscriptionsAfter }),
  listSection({ name: "duplicate-subscriptions", folder, about: "second subscriptions that were taken back", read: duplicatesAfter }),
  listSection({ name: "customer", folder, about: "the customer at Stripe", read: customerAfter }),
];

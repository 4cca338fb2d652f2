import { listSection } from "../platform/list-section.ts";
import type { ExportSection } from "../platform/product-parts.ts";
import { featureOverridesAfter, limitOverridesAfter, usageAfter } from "./entitlement-records.store.ts";
import { factsAfter } from "./history.store.ts";

/** What was open to the account and why, and how much of it was used. */
export const accessSections: readonly ExportSection[] = [
  listSection({
    name: "access-history",
    folder: "access",
    about: "each change of a fact that decides what was open when",
    read: factsAfter,
  }),
  listSection({ name: "usage", folder: "access", about: "how much of each limit was used in which period", read: usageAfter }),
  listSection({
    name: "feature-overrides",
    folder: "access",
    about: "what was set for this account over its plan's features",
    read: featureOverridesAfter,
  }),
  listSection({
    name: "limit-overrides",
    folder: "access",
    about: "what was set for this account over its plan's limits",
    read: limitOverridesAfter,
  }),
];

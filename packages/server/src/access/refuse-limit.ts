import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";
import { wireInstant } from "./wire-instant.ts";

export interface ReachedLimit {
  readonly key: string;
  readonly limit: number | null;
  readonly used: number;
  /** When the next period begins; null: it never starts anew. */
  readonly resetsAt: Date | null;
}

/** @throws Refusal plan_limit_reached always, with what there is, what is used, and where there is more */
export const refuseLimit = (
  app: { readonly config: Pick<App["config"], "baseUrl"> },
  { key, limit, used, resetsAt }: ReachedLimit,
  action = "choose_plan",
): never =>
  refuse("plan_limit_reached", {
    limit_key: key,
    limit,
    used,
    resets_at: wireInstant(resetsAt),
    mend: { action, url: `${app.config.baseUrl}/billing` },
  });

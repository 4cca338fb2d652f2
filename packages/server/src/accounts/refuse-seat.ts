import type { Seats } from "../access/seats.ts";
import type { App } from "../platform/app.ts";
import { refuse } from "../platform/refuse.ts";

/** @throws Refusal plan_limit_reached always, with what there is, what is used, and where there is more */
export const refuseSeat = (app: Pick<App, "config">, seats: Seats): never =>
  refuse("plan_limit_reached", {
    limit_key: "seats",
    limit: seats.limit,
    used: seats.used,
    resets_at: null,
    mend: { action: "add_seats", url: `${app.config.baseUrl}/billing` },
  });

import { refuseLimit } from "../access/refuse-limit.ts";
import type { Seats } from "../access/seats.ts";
import type { App } from "../platform/app.ts";

/** @throws Refusal plan_limit_reached always, with what there is, what is used, and where there is more */
export const refuseSeat = (app: Pick<App, "config">, { limit, used }: Seats): never =>
  refuseLimit(app, { key: "seats", limit, used, resetsAt: null }, "add_seats");

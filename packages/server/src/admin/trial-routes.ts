import { adminTrials } from "@gatehouse/contract";
import type { App } from "../platform/app.ts";
import { type Http, serve } from "../platform/serve.ts";
import { showClaims } from "./show-claims.ts";
import { waiveTrial } from "./waive-trial.ts";

const REASON = "an operator looks after an account that is not theirs";

/** For operators: who got no trial and why, and the way out. */
export function adminTrialRoutes(http: Http, app: App): void {
  serve(http, app, adminTrials.listTrialClaims, ({ params }) => app.db.asSystem(REASON, (tx) => showClaims(tx, params.id)));
  serve(http, app, adminTrials.waiveTrial, ({ actor, origin, params, body, transactAsSystem }) =>
    transactAsSystem(REASON, async (tx) => {
      await waiveTrial(tx, app, { userId: actor.userId, origin, reason: body.reason }, params.id);
      return showClaims(tx, params.id);
    }),
  );
}

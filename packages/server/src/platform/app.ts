import type { AccessPolicy, Catalogue } from "@gatehouse/core";
import type { AccessTokens } from "./access-tokens.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Db, Tx } from "./db.ts";
import type { Ids } from "./ids.ts";
import type { Jobs } from "./jobs.ts";
import type { LiveCounts } from "./live-counts.ts";
import type { Log } from "./log.ts";
import type { Mailer } from "./mail.ts";
import type { Oauth } from "./oauth/oauth.ts";
import type { Secrets } from "./secrets.ts";
import type { Signals } from "./signals.ts";
import type { Stripe } from "./stripe.ts";

export type { Tx };

/** Everything that a use case can have an effect through. Each names in its signature the parts that it takes. */
export interface App {
  readonly config: Config;
  readonly policy: AccessPolicy;
  readonly catalogue: Catalogue;
  readonly liveCounts: LiveCounts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
  readonly db: Db;
  readonly signals: Signals;
  readonly jobs: Jobs;
  readonly mail: Mailer;
  readonly stripe: Stripe;
  readonly oauth: Oauth;
  readonly tokens: AccessTokens;
  readonly log: Log;
}

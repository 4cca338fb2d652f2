import type { Origin } from "../platform/audit.store.ts";
import type { Actor } from "../platform/serve.ts";

/** Who does something to an account that is not theirs, from where, and why. */
export interface OperatorAct {
  readonly actor: Pick<Actor, "userId">;
  readonly origin: Origin;
  readonly reason: string;
}

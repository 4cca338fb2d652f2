/** Ways in which Stripe, or the way to it, can be broken. */
export const FAULT_KINDS = ["none", "down", "slow", "429", "500", "garbage", "lost_answer"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Requests that a fault is for; absent: all. */
export interface FaultMatch {
  readonly method?: string;
  /** Such as /v1/customers. */
  readonly pathPrefix?: string;
}

export interface Faults {
  readonly current: { readonly kind: FaultKind; readonly timesLeft: number | null; readonly match: FaultMatch };
  /**
   * `down`: the connection breaks before the work is done. `slow`: no answer for 30 s. `429`, `500`: Stripe-shaped errors, no work done.
   * The official client tries a broken connection once more by itself, whatever its number of retries: `down` and `lost_answer` are felt from two times on.
   * `garbage`: 200 with HTML. `lost_answer`: the work is done, and the connection breaks before the answer (rules C3).
   * @param times how many requests it meets; absent: until it is set anew
   */
  set(kind: FaultKind, times?: number, match?: FaultMatch): void;
  /** The fault that this request meets; counts it. */
  meet(method: string, path: string): FaultKind;
}

export function openFaults(): Faults {
  let current: Faults["current"] = NO_FAULT;
  return {
    get current() {
      return current;
    },
    set(kind, times, match = {}) {
      current = kind === "none" ? NO_FAULT : { kind, timesLeft: times ?? null, match };
    },
    meet(method, path) {
      const { kind, timesLeft, match } = current;
      if (kind === "none" || !isMeant(match, method, path)) return "none";
      if (timesLeft !== null) current = timesLeft > 1 ? { kind, timesLeft: timesLeft - 1, match } : NO_FAULT;
      return kind;
    },
  };
}

const NO_FAULT: Faults["current"] = { kind: "none", timesLeft: null, match: {} };

function isMeant(match: FaultMatch, method: string, path: string): boolean {
  return (match.method === undefined || match.method === method) && path.startsWith(match.pathPrefix ?? "");
}

/**
 * How many seats an account has; null is no limit. Of a plan that is paid for by the seat there are as many as are paid for, of any
 * other as many as the plan gives.
 * @param planLimit of the plan; null: the plan has no limit. An account without a plan has none to give: 0
 * @param bought seats of a subscription by the seat; null: there is none
 */
export function seatLimit(planLimit: number | null, bought: number | null): number | null {
  return bought ?? planLimit;
}

/** Seats that are left; never below 0, also where a smaller plan came after the members. null: as many as one likes. */
export function freeSeats(limit: number | null, used: number): number | null {
  return limit === null ? null : Math.max(0, limit - used);
}

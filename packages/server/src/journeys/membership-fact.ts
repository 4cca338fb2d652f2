import type { Role } from "@gatehouse/core";
import type { FactChange } from "../access/history.store.ts";

/** A membership as the history keeps it. */
export const membershipFact = (
  accountId: string,
  membershipId: string,
  userId: string,
  role: Role,
  at: Date,
  cause: string,
): FactChange => ({
  accountId,
  kind: "membership",
  subjectId: membershipId,
  value: { user_id: userId, role },
  validFrom: at,
  cause,
});

import { ROLES, type Role } from "./roles.ts";

/** How long an operator may look at an account before asking anew. */
export const IMPERSONATION_MINUTES = 30;

export interface Impersonated {
  readonly userId: string;
  readonly role: Role;
  readonly isOperator: boolean;
  readonly joinedAt: Date;
}

/**
 * As whom does an operator look at an account? As its first owner, or where it has none as whoever may do most: guards answer by what this
 * person has. Never into an account that another operator is in: what is there is a colleague's, and perhaps everybody's.
 */
export function whomToImpersonate(
  members: readonly Impersonated[],
  operatorId: string,
): { readonly ok: true; readonly userId: string } | { readonly ok: false; readonly reason: "operators_account" | "nobody_there" } {
  if (members.some((member) => member.isOperator && member.userId !== operatorId)) return { ok: false, reason: "operators_account" };
  const [first] = members.toSorted(
    (a, b) =>
      ROLES.indexOf(a.role) - ROLES.indexOf(b.role) ||
      a.joinedAt.getTime() - b.joinedAt.getTime() ||
      // So that the answer does not depend on the order in which rows were read.
      (a.userId < b.userId ? -1 : 1),
  );
  return first ? { ok: true, userId: first.userId } : { ok: false, reason: "nobody_there" };
}

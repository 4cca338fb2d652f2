import { may, ROLES, type Role } from "./roles.ts";

/** Somebody in an account, as far as the rules about members ask. */
export interface MemberFact {
  readonly userId: string;
  readonly role: Role;
}
export interface MemberChange {
  readonly actor: MemberFact;
  readonly target: MemberFact;
  /** Owners of the account, the two included where they are. */
  readonly owners: number;
}
export type RoleRefusal = "permission_denied" | "own_role" | "ownership_needs_consent" | "last_owner";

/**
 * Why may `actor` not give `target` this role? Null: they may.
 *
 * Nobody reaches above their own role: an admin neither touches an owner nor makes one. Nobody changes their own role but an owner who
 * steps down while another one stays; and ownership is given only to who agrees to it (`transfer-ownership`), by nobody through here.
 */
export function whyNotChangeRole({ actor, target, owners }: MemberChange, role: Role): RoleRefusal | null {
  if (!may(actor.role, "members.manage") || isAbove(target.role, actor.role)) return "permission_denied";
  if (role === target.role) return null;
  if (role === "owner") return actor.role === "owner" ? "ownership_needs_consent" : "permission_denied";
  if (target.role === "owner") return owners > 1 ? null : "last_owner";
  return actor.userId === target.userId ? "own_role" : null;
}

/**
 * Why may `actor` not take `target` out of the account? Null: they may. Everybody may leave, but for the last owner, who first hands
 * ownership over or deletes the account.
 */
export function whyNotRemove({ actor, target, owners }: MemberChange): "permission_denied" | "last_owner" | null {
  const isLeaving = actor.userId === target.userId;
  if (!isLeaving && (!may(actor.role, "members.manage") || isAbove(target.role, actor.role))) return "permission_denied";
  return target.role === "owner" && owners <= 1 ? "last_owner" : null;
}

const isAbove = (role: Role, other: Role): boolean => ROLES.indexOf(role) < ROLES.indexOf(other);

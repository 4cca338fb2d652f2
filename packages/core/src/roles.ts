/** From the most to the least that a member may do. */
export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  "account.read",
  "account.edit",
  "account.delete",
  "account.export",
  "members.read",
  "members.manage",
  "invites.manage",
  "billing.read",
  "billing.manage",
  "product.read",
  "product.write",
  "audit.read",
  "ownership.transfer",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Written out for each role instead of inherited, so that a row answers "what may an admin do?" alone. */
const permissionsOf: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(PERMISSIONS),
  admin: new Set<Permission>([
    "account.read",
    "account.edit",
    "account.export",
    "members.read",
    "members.manage",
    "invites.manage",
    "billing.read",
    // An owner on holiday must not lock a team out: an admin can mend a failed payment.
    "billing.manage",
    "product.read",
    "product.write",
    "audit.read",
  ]),
  member: new Set<Permission>(["account.read", "members.read", "product.read", "product.write"]),
  viewer: new Set<Permission>(["account.read", "members.read", "product.read"]),
};

/** May a member with this role do this in their account? The one place where roles mean anything. */
export function may(role: Role, permission: Permission): boolean {
  return permissionsOf[role].has(permission);
}

/** Everything that the role may do, in the order of PERMISSIONS; `GET /me` shows it. */
export function permissionsOfRole(role: Role): readonly Permission[] {
  return PERMISSIONS.filter((permission) => may(role, permission));
}

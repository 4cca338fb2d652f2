import type { Role } from "@gatehouse/core";

/** "an admin" */
export function sayRole(role: Role): string {
  return role === "owner" || role === "admin" ? `an ${role}` : `a ${role}`;
}

const POWERS: Readonly<Record<Role, string>> = {
  owner: "can do everything: what an admin can, and hand the team over or delete it",
  admin: "can see and change what the team makes, invite and remove people, and look after the plan and its payment",
  member: "can see and change what the team makes",
  viewer: "can see what the team makes, and change nothing",
};

/** "As a viewer you can see what the team makes, and change nothing." In words of ours: the table of rights is `core/roles.ts`. */
export function sayWhatRoleMay(role: Role): string {
  return `As ${sayRole(role)} you ${POWERS[role]}.`;
}

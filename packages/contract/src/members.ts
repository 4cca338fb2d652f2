import { z } from "zod";
import { account, role } from "./auth.ts";
import { route } from "./route.ts";
import { id, instant, nothing, pageOf, paging, password } from "./values.ts";

const tag = "Members";
const named = z.strictObject({ id });

export const member = z
  .object({
    id: id.meta({ description: "Of the membership; not of the user" }),
    user_id: id,
    name: z.string(),
    email: z.string(),
    role,
    is_you: z.boolean(),
    is_verified: z.boolean(),
    joined_at: instant,
  })
  .meta({ id: "Member" });

export const listMembers = route({
  method: "GET",
  path: "/accounts/me/members",
  auth: "session",
  permission: "members.read",
  tag,
  summary: "Who is in the account, the oldest membership first",
  query: z.strictObject(paging(100)),
  status: 200,
  response: pageOf(member),
  errors: [],
});

export const changeRole = route({
  method: "PATCH",
  path: "/accounts/me/members/{id}",
  auth: "session",
  permission: "members.manage",
  tag,
  summary: "Change a member's role; the same role again changes nothing",
  description: "Nobody reaches above their own role. Ownership is handed over with POST /accounts/me/transfer-ownership.",
  params: named,
  body: z.strictObject({ role }),
  status: 200,
  response: member,
  errors: ["member_not_found", "own_role", "last_owner", "ownership_needs_consent"],
  idempotent: true,
});

export const removeMember = route({
  method: "DELETE",
  path: "/accounts/me/members/{id}",
  auth: "session",
  permission: "account.read",
  tag,
  summary: "Take a member out of the account, or leave it oneself",
  description:
    "Everybody may leave; taking somebody else out needs members.manage. It is over at once on every device, and invites that they sent and nobody has accepted are taken back.",
  params: named,
  status: 204,
  response: nothing,
  errors: ["member_not_found", "permission_denied", "last_owner"],
  idempotent: true,
});

const offer = z
  .object({
    id,
    from: z.object({ user_id: id, name: z.string() }),
    to: z.object({ user_id: id, name: z.string() }),
    role_after: role.meta({ description: "What the one who offers is afterwards" }),
    created_at: instant,
    expires_at: instant,
  })
  .meta({ id: "OwnershipOffer" });

export const offerOwnership = route({
  method: "POST",
  path: "/accounts/me/transfer-ownership",
  auth: "session",
  permission: "ownership.transfer",
  tag,
  summary: "Offer a member the ownership; it goes over when they accept",
  description:
    "Send the password; a user without one must have signed in within the last ten minutes. `role_after` says what you are afterwards: `owner` makes two owners. An account has one open offer: a newer one ends the older.",
  body: z.strictObject({ member_id: id, role_after: role.default("admin"), password: password.optional() }),
  status: 201,
  response: offer,
  errors: ["member_not_found", "ownership_held_already", "email_not_verified", "fresh_sign_in_required", "too_busy"],
  idempotent: true,
});

export const getOwnershipOffer = route({
  method: "GET",
  path: "/accounts/me/transfer-ownership",
  auth: "session",
  permission: "account.read",
  tag,
  summary: "The open offer of ownership, for owners and for whom it is made to",
  status: 200,
  response: z.object({ offer: offer.nullable() }),
  errors: [],
});

export const endOwnershipOffer = route({
  method: "DELETE",
  path: "/accounts/me/transfer-ownership",
  auth: "session",
  permission: "account.read",
  tag,
  summary: "Withdraw the open offer, or decline it; where there is none it changes nothing",
  status: 204,
  response: nothing,
  errors: [],
  idempotent: true,
});

export const takeOwnership = route({
  method: "POST",
  path: "/accounts/me/transfer-ownership/accept",
  auth: "session",
  permission: "account.read",
  tag,
  summary: "Take the ownership that was offered to you",
  status: 200,
  response: z.object({ account }),
  errors: ["ownership_offer_not_found", "ownership_offer_expired", "ownership_offer_void", "email_not_verified"],
  idempotent: true,
});

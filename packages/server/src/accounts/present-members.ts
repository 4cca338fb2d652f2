import type { Member } from "./members.store.ts";
import type { ShownOffer } from "./ownership-offers.store.ts";

/** @param userId who looks */
export const presentMember = (member: Member, userId: string) => ({
  id: member.id,
  user_id: member.userId,
  name: member.name,
  email: member.email,
  role: member.role,
  is_you: member.userId === userId,
  is_verified: member.isVerified,
  joined_at: member.joinedAt.toISOString(),
});

export const presentOffer = (offer: ShownOffer) => ({
  id: offer.id,
  from: { user_id: offer.from.userId, name: offer.from.name },
  to: { user_id: offer.to.userId, name: offer.to.name },
  role_after: offer.roleAfter,
  created_at: offer.createdAt.toISOString(),
  expires_at: offer.expiresAt.toISOString(),
});

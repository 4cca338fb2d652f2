import type { Role } from "./roles.ts";

export interface Invite {
  /** Normalised (see parseEmail). */
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly acceptedAt: Date | null;
}

export type InviteRefusal = "invite_revoked" | "invite_used" | "invite_expired" | "invite_wrong_email";

/**
 * Why may the person with this address not accept the invite at `now`? Null: they may.
 *
 * The state of the invite comes before whose it is. Whoever holds the link can read its state without signing in, so the order
 * tells nobody more; and to be sent to sign in as somebody else only to learn then that the invite is dead is a wasted way.
 * The refusal never names the invited address. Among the states, what a person did (revoked, used) comes before what time did:
 * "it has expired, ask for a new one" would be wrong advice to one who was uninvited or is in already.
 *
 * @param normalisedEmail of the person who accepts, as parseEmail normalises it
 */
export function whyNotAccept(invite: Invite, normalisedEmail: string, now: Date): InviteRefusal | null {
  if (invite.revokedAt !== null) return "invite_revoked";
  if (invite.acceptedAt !== null) return "invite_used";
  if (now >= invite.expiresAt) return "invite_expired";
  if (invite.email !== normalisedEmail) return "invite_wrong_email";
  return null;
}

import type { Role } from "./roles.ts";

/** What somebody can be invited as. Ownership is never sent by mail: it is handed over by who has it to who agrees. */
export const INVITE_ROLES = ["admin", "member", "viewer"] as const;
export type InviteRole = (typeof INVITE_ROLES)[number];

export interface Invite {
  /** Normalised (see parseEmail). */
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly acceptedAt: Date | null;
}

export type InviteRefusal = "invite_revoked" | "invite_used" | "invite_expired" | "invite_wrong_email";
export const INVITE_STATES = ["open", "accepted", "revoked", "expired"] as const;
export type InviteState = (typeof INVITE_STATES)[number];

/**
 * What became of the invite by `now`. What a person did (revoked, used) comes before what time did: "it has expired, ask for a new one"
 * would be wrong advice to one who was uninvited or is in already.
 */
export function inviteState(invite: Omit<Invite, "email" | "role">, now: Date): InviteState {
  if (invite.revokedAt !== null) return "revoked";
  if (invite.acceptedAt !== null) return "accepted";
  return now >= invite.expiresAt ? "expired" : "open";
}

const REFUSALS = { open: null, revoked: "invite_revoked", accepted: "invite_used", expired: "invite_expired" } as const;

/** Why is the invite dead at `now`, whoever asks? Null: it is open. */
export function whyDead(invite: Omit<Invite, "email" | "role">, now: Date): Exclude<InviteRefusal, "invite_wrong_email"> | null {
  return REFUSALS[inviteState(invite, now)];
}

/**
 * Why may the person with this address not accept the invite at `now`? Null: they may.
 *
 * The state of the invite comes before whose it is. Whoever holds the link can read its state without signing in, so the order
 * tells nobody more; and to be sent to sign in as somebody else only to learn then that the invite is dead is a wasted way.
 * The refusal never names the invited address.
 *
 * @param normalisedEmail of the person who accepts, as parseEmail normalises it
 */
export function whyNotAccept(invite: Invite, normalisedEmail: string, now: Date): InviteRefusal | null {
  return whyDead(invite, now) ?? (invite.email === normalisedEmail ? null : "invite_wrong_email");
}

/** Why may the invite not be sent again? One that has expired may: that is what sending again is for. */
export function whyNotResend(invite: Omit<Invite, "email" | "role">, now: Date): "invite_revoked" | "invite_used" | null {
  const state = inviteState(invite, now);
  return state === "open" || state === "expired" ? null : REFUSALS[state];
}

import { type Invite, type InviteRefusal, whyNotAccept } from "./invite.ts";
import { type TicketRefusal, type WaitlistEntry, whyNotEnter } from "./waitlist.ts";

/**
 * What a provider said about the address. `proven`: it vouches that this person controls it now, by rules of its own (see the
 * providers). Anything less is a claim, however it is worded.
 */
export type ProviderEmail =
  | { readonly state: "proven" | "unproven"; readonly normalised: string }
  | { readonly state: "absent" }
  | { readonly state: "invalid" };

/** A user of ours, as far as linking asks. */
export interface LinkUser {
  readonly id: string;
  /** As parseEmail normalises it. */
  readonly email: string;
  readonly emailVerifiedAt: Date | null;
  /** Since when it is known that whoever set the credentials (password or identity) owns the address; see design, mechanism 7. */
  readonly credentialsProvenAt: Date | null;
  /** Does the user sign in with this provider already, as another subject? */
  readonly hasIdentityOfProvider: boolean;
}

export interface LinkFacts {
  readonly email: ProviderEmail;
  /** Whose the provider's issuer and subject are; `user: null` where that user is gone. null: nobody was ever seen with them. */
  readonly identity: { readonly user: LinkUser | null } | null;
  /** Who has the address here; null: nobody. Deleted users have no address. */
  readonly local: LinkUser | null;
  /** The invite that the person came with. */
  readonly invite: Invite | null;
  /** The entry of the waitlist whose ticket they came with. */
  readonly ticket: WaitlistEntry | null;
  /** What somebody with an unproven address gets: a session with the grace, or a mail first (SIGNUP_ANSWER). */
  readonly unprovenSignUp: "session" | "mail";
  readonly now: Date;
}

export type LinkRefusal = "identity_orphaned" | "email_required" | "identity_conflict" | InviteRefusal | TicketRefusal;
export type LinkDecision =
  /** @property proves the provider vouches for the address of this user, who had not proven it yet */
  | { readonly kind: "sign_in"; readonly userId: string; readonly proves: boolean }
  | { readonly kind: "create"; readonly proven: boolean }
  | { readonly kind: "link"; readonly userId: string }
  /** Whoever registered the address without proving it goes: password, sessions, identities, links. */
  | { readonly kind: "evict_and_link"; readonly userId: string }
  /** A mail to the address decides. */
  | { readonly kind: "ask_proof" }
  | { readonly kind: "refuse"; readonly code: LinkRefusal };

/**
 * Who is it that comes from a provider? Total; every cell of the table stands in the test.
 *
 * An identity is issuer and subject, never an address: a known one signs in whatever its address is by now (GO-1), and an address that
 * comes with another subject is another person (GO-2), for addresses are given to others and domains are sold. A new one is joined to an
 * existing user only where both sides are proven. Where only the provider's side is, the local side was set up by somebody who never
 * showed that the address is theirs, and loses everything (PH-1); where the provider's is not, nothing is joined in either order (PH-5).
 */
export function decideLink(facts: LinkFacts): LinkDecision {
  const { email, identity, local, invite, ticket, now } = facts;
  if (identity) {
    if (identity.user === null) return { kind: "refuse", code: "identity_orphaned" };
    const proves = email.state === "proven" && email.normalised === identity.user.email && !isProven(identity.user);
    return { kind: "sign_in", userId: identity.user.id, proves };
  }
  if (email.state === "absent" || email.state === "invalid") return { kind: "refuse", code: "email_required" };
  const refusal =
    (invite ? whyNotAccept(invite, email.normalised, now) : null) ?? (ticket ? whyNotEnter(ticket, email.normalised, now) : null);
  if (refusal) return { kind: "refuse", code: refusal };
  if (local) return decideAboutLocal(email.state === "proven", local);
  // The token of an invite or a ticket came by mail to this very address: whoever holds it controls the mailbox (IN-1).
  const proven = email.state === "proven" || invite !== null || ticket !== null;
  return proven || facts.unprovenSignUp === "session" ? { kind: "create", proven } : { kind: "ask_proof" };
}

function decideAboutLocal(providerProves: boolean, local: LinkUser): LinkDecision {
  // Whoever cannot prove the address learns nothing of its user, not even how that one signs in.
  if (!providerProves) return { kind: "ask_proof" };
  if (isProven(local) && local.hasIdentityOfProvider) return { kind: "refuse", code: "identity_conflict" };
  return { kind: isProven(local) ? "link" : "evict_and_link", userId: local.id };
}

/** Both the address and that its owner set the credentials. A link that a stranger's sign-up sent, followed elsewhere, proves the first alone. */
export const isProven = (user: Pick<LinkUser, "emailVerifiedAt" | "credentialsProvenAt">): boolean =>
  user.emailVerifiedAt !== null && user.credentialsProvenAt !== null;

export type ConnectDecision =
  | { readonly kind: "connect" }
  | { readonly kind: "already_connected" }
  | { readonly kind: "refuse"; readonly code: "identity_taken" | "identity_orphaned" | "email_not_verified" };

/**
 * May the signed-in `user` connect an identity to sign in with? Its address is of no interest, for the person has proven both sides; but
 * nobody builds a second way into an address that they have not proven (PH-3).
 */
export function decideConnect(identity: LinkFacts["identity"], user: LinkUser): ConnectDecision {
  if (identity?.user?.id === user.id) return { kind: "already_connected" };
  if (identity) return { kind: "refuse", code: identity.user === null ? "identity_orphaned" : "identity_taken" };
  return isProven(user) ? { kind: "connect" } : { kind: "refuse", code: "email_not_verified" };
}

/** May a way to sign in be removed? Never the last one (PH-11). @param others identities that stay */
export const isLastWayIn = (ways: { readonly hasPassword: boolean; readonly others: number }): boolean =>
  !ways.hasPassword && ways.others === 0;

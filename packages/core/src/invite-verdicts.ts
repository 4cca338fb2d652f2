import { type EmailRefusal, parseEmail } from "./email.ts";
import { INVITE_ROLES, type InviteRole } from "./invite.ts";
import type { InviteRow } from "./invite-list.ts";

export const INVITE_VERDICTS = ["invited", "already_member", "already_invited", "invalid", "duplicate_in_list", "no_seat"] as const;
export type InviteVerdict = (typeof INVITE_VERDICTS)[number];

/** What is to become of a row. Only `invited` makes an invite. */
export type JudgedRow =
  | { readonly verdict: "invited"; readonly email: string; readonly normalised: string; readonly role: InviteRole }
  | { readonly verdict: "already_member" | "already_invited" | "duplicate_in_list" | "no_seat"; readonly email: string }
  | { readonly verdict: "invalid"; readonly email: string; readonly why: EmailRefusal | "role_unknown" };

export interface InviteFacts {
  /** Normalised addresses of everybody in the account. */
  readonly members: ReadonlySet<string>;
  /** Normalised addresses of invites that may still be accepted. */
  readonly invited: ReadonlySet<string>;
  /** null: as many as one likes. */
  readonly freeSeats: number | null;
  /** Of rows that name none. */
  readonly defaultRole: InviteRole;
}

/**
 * A verdict for each row, in the order of the list: who comes first gets the seat. Addresses are compared in their normalised form, so
 * that two spellings of one domain are one; a +tag is part of an address, and only its mail host knows what it means.
 */
export function judgeInvites(rows: readonly InviteRow[], facts: InviteFacts): readonly JudgedRow[] {
  const seen = new Set<string>();
  let seats = facts.freeSeats;
  return rows.map(({ email, role: given }): JudgedRow => {
    const address = parseEmail(email);
    if (!address.ok) return { verdict: "invalid", email, why: address.why };
    const role = given === null ? facts.defaultRole : INVITE_ROLES.find((one) => one === given);
    if (role === undefined) return { verdict: "invalid", email, why: "role_unknown" };
    const { normalised } = address;
    if (seen.has(normalised)) return { verdict: "duplicate_in_list", email };
    seen.add(normalised);
    if (facts.members.has(normalised)) return { verdict: "already_member", email };
    if (facts.invited.has(normalised)) return { verdict: "already_invited", email };
    if (seats !== null && seats <= 0) return { verdict: "no_seat", email };
    if (seats !== null) seats -= 1;
    return { verdict: "invited", email, normalised, role };
  });
}

import type { MemberOf } from "../access/member-of.store.ts";
import { listAccountsOf } from "../access/member-of.store.ts";
import { lockInviteOf, type StoredInvite } from "../accounts/invites.store.ts";
import type { InviteOutcome } from "../identity/present-person.ts";
import type { User } from "../identity/users.store.ts";
import { markVerified } from "../identity/verify-email.ts";
import type { Tx } from "../platform/app.ts";
import type { Origin } from "../platform/audit.store.ts";
import { type AdmitParts, admit, findInvite, whyNotJoin } from "./admit.ts";

/** An invite that somebody brings along: by its link, or as it was kept while a mail proved the address. */
export type InviteRef = { readonly token: string } | { readonly accountId: string; readonly inviteId: string };

/** Locks the invite and its account; whoever locks a person too has done so before. */
export const resolveInvite = (tx: Tx, ref: InviteRef): Promise<StoredInvite | null> =>
  "token" in ref ? findInvite(tx, ref.token) : lockInviteOf(tx, ref.accountId, ref.inviteId);

/**
 * For somebody who signs in with an invite in hand, in the transaction that lets them in. Link and credentials come together: so the address
 * is proven, and that its owner set the credentials (mechanism 7). An invite that cannot be accepted leaves the sign-in as it is.
 *
 * @returns what became of it, and the account to begin in; null: as without an invite
 */
export async function joinOnSignIn(
  app: AdmitParts,
  tx: Tx,
  user: User,
  ref: InviteRef,
  origin: Origin,
): Promise<{ account: MemberOf | null; outcome: InviteOutcome }> {
  const invite = await resolveInvite(tx, ref);
  const refusal = invite === null ? "invite_not_found" : await whyNotJoin(app, tx, user, invite);
  if (invite === null || refusal !== null) {
    // Who is in already begins there all the same: the link was opened once more.
    const account = (await listAccountsOf(tx, user.id)).find(({ id }) => id === invite?.accountId) ?? null;
    return { account, outcome: { accepted: false, code: refusal } };
  }
  const provenAt = user.passwordProvenAt ?? app.clock.now();
  const verifiedAt = await markVerified(app, tx, user, "invite.accepted", { passwordProvenAt: provenAt });
  return { account: await admit(app, tx, user, invite, verifiedAt, origin), outcome: { accepted: true, code: null } };
}

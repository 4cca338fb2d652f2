/** Refusals of invites, accounts and members: a part of `errors`, by the same rules. */
export const teamErrors = {
  // Invites
  invite_not_found: { status: 404, title: "There is no such invite.", mend: "Open the link of the newest mail, or ask for a new invite." },
  invite_expired: { status: 410, title: "This invite has expired.", mend: "Ask an admin to send it again." },
  invite_revoked: { status: 410, title: "This invite was taken back.", mend: "Ask an admin whether you should have another." },
  invite_used: { status: 410, title: "This invite was already used.", mend: "Sign in with the invited address." },
  invite_wrong_email: {
    status: 403,
    title: "This invite is for another address.",
    mend: "Sign out, and come in with the address that the invite was sent to; or ask for an invite to this one.",
  },
  invite_no_seat: {
    status: 409,
    title: "The team has no free seat left for you. The invite stays good.",
    mend: "Ask an admin of the team to free or add a seat, then open the link again.",
  },
  invite_already_member: { status: 409, title: "This person is in the account already.", mend: "Change their role under Members." },
  invite_already_open: {
    status: 409,
    title: "This address is invited already.",
    mend: "Send that invite again, or take it back and invite anew; `invite_id` names it.",
  },
  invite_list_too_long: {
    status: 422,
    title: "This list is too long to be taken at once. Nobody was invited.",
    mend: "Send at most `limit` rows at a time.",
  },

  // Accounts
  account_not_found: { status: 404, title: "There is no such account.", mend: "Choose one of your accounts." },
  no_account: { status: 403, title: "You are in no account any more.", mend: "Ask for an invite, or register with another address." },
  last_owner: { status: 409, title: "An account always has an owner.", mend: "Make somebody else owner first." },
  member_not_found: { status: 404, title: "There is no such member.", mend: "List the members again." },
  own_role: { status: 403, title: "Nobody changes their own role.", mend: "Ask an owner or another admin." },
  ownership_needs_consent: {
    status: 422,
    title: "Ownership is handed over only to who agrees to it.",
    mend: "Offer it to them (POST /accounts/me/transfer-ownership); they take it when they accept.",
  },
  ownership_held_already: { status: 409, title: "This person is an owner already.", mend: "Nothing needs to be done." },
  ownership_offer_not_found: {
    status: 404,
    title: "There is no ownership that you could take.",
    mend: "Ask the owner to offer it; a newer offer or a refusal ends an older one.",
  },
  ownership_offer_expired: { status: 410, title: "This offer of ownership has expired.", mend: "Ask the owner to offer it again." },
  ownership_offer_void: {
    status: 409,
    title: "Who offered you ownership is no owner any more.",
    mend: "Ask an owner of the account to offer it.",
  },
  confirmation_wrong: {
    status: 422,
    title: "What you typed is not the name of the account. Nothing was deleted.",
    mend: "Type the account's name as it is shown, in `confirm`.",
  },
  account_deleted: {
    status: 409,
    title: "This account is to be deleted.",
    mend: "An owner can take that back (POST /accounts/me/restore); then try again.",
  },
  account_deletion_due: {
    status: 410,
    title: "The time to take the deletion back is over: the account is being erased.",
    mend: "Register anew; if this must not be, write to support at once.",
  },
  permission_denied: { status: 403, title: "Your role does not allow this.", mend: "Ask an owner or admin of the account." },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

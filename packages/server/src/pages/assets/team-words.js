import { timeInWords } from "./billing-words.js";

/** What the pages of teams and invites say, and what they offer. Pure: the pages and their test call the same. */

const POWERS = {
  owner: "can do everything: what an admin can, and hand the team over or delete it",
  admin: "can see and change what the team makes, invite and remove people, and look after the plan and its payment",
  member: "can see and change what the team makes",
  viewer: "can see what the team makes, and change nothing",
};
const ROLES = Object.keys(POWERS);

/** "an admin" */
export const roleInWords = (role) => (/^[aeiou]/.test(role) ? `an ${role}` : `a ${role}`);

/** "As a viewer you can see what the team makes, and change nothing." */
export function powersInWords(role) {
  return Object.hasOwn(POWERS, role) ? `As ${roleInWords(role)} you ${POWERS[role]}.` : "";
}

/**
 * The roles that `me` can choose between for a member, their own among them; one: nothing can be changed. The server decides; this only
 * spares the person what it would refuse.
 * @see packages/core/src/members.ts
 */
export function rolesFor(me, member, owners) {
  const isOwner = member.role === "owner";
  const isFree = isOwner ? me.role === "owner" && owners > 1 : !member.is_you;
  return mayManage(me, member) && isFree ? ROLES.filter((role) => role === member.role || role !== "owner") : [member.role];
}

/** May `me` take the member out, or leave where it is they themselves? */
export function mayRemove(me, member, owners) {
  return (member.is_you || mayManage(me, member)) && (member.role !== "owner" || owners > 1);
}

const mayManage = (me, member) => me.permissions.includes("members.manage") && (member.role !== "owner" || me.role === "owner");

export function seatsInWords({ limit, used }) {
  const counted = "Members and open invites take a seat each";
  if (limit === null) return `${used} in use. ${counted}; the plan has no limit.`;
  const left = Math.max(0, limit - used);
  const free = left === 0 ? "None is free" : left === 1 ? "One is free" : `${left} are free`;
  return `${used} of ${limit} ${limit === 1 ? "seat" : "seats"} in use. ${free}. ${counted}.`;
}

export function inviteInWords({ role, invited_by: by, email_sent_at: sentAt, expires_at: end, state }) {
  const from = by === null ? "" : `, by ${by.name}`;
  const until = state === "expired" ? `expired ${timeInWords(end)}` : `open until ${timeInWords(end)}`;
  const mail = sentAt === null ? "the mail is on its way" : `mail sent ${timeInWords(sentAt)}`;
  return `As ${roleInWords(role)}${from}; ${until}; ${mail}.`;
}

const VERDICTS = {
  invited: "Invited",
  already_member: "In the team already",
  already_invited: "Invited already",
  duplicate_in_list: "Stands further up in the list",
  no_seat: "No seat left",
};
const FAULTS = {
  email_too_long: "This is too long for an address",
  email_malformed: "This is not an email address",
  email_local_part: "What stands before the @ is not right",
  email_domain: "What stands after the @ is not right",
  role_unknown: "There is no such role: admin, member or viewer",
};
/** What became of one row of a list. */
export function verdictInWords({ verdict, why }) {
  if (verdict === "invalid") return wordsOf(FAULTS, why) ?? "This cannot be read";
  return wordsOf(VERDICTS, verdict) ?? "Not invited";
}

/** "Invited: 3 of 5." */
export function countsInWords(counts) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `Invited: ${counts.invited} of ${total}.`;
}

/** Until when an account that is deleted can be taken back. */
export function deletionInWords({ due_at: end }, mayUndo) {
  const undo = mayUndo ? "Until then you can take it back, and everything is as it was." : "Until then an owner can take it back.";
  return `This team was deleted, and no further period is charged. On ${timeInWords(end)} it is erased for good. ${undo}`;
}

/** Who offers whom the ownership, as the reader sees it. */
export function offerInWords({ from, to, role_after: after, expires_at: end }, userId) {
  const who = from.user_id === userId ? "You offer" : `${from.name} offers`;
  const whom = to.user_id === userId ? "you" : to.name;
  const stays = after === "owner" ? "then both are owners" : `who offers it is ${roleInWords(after)} then`;
  return `${who} ${whom} the ownership of this team; ${stays}. The offer stands until ${timeInWords(end)}.`;
}

const DEAD = {
  invite_not_found: [
    "There is no such invite",
    "The link is not whole, or a newer mail has replaced it. Use the newest mail, or ask who invited you to send it again.",
  ],
  invite_expired: ["This invite has expired", "Ask who invited you to send it again: you get a mail with a new link."],
  invite_revoked: [
    "This invite was taken back",
    "The team does not expect you by this link any more. Ask who invited you whether you should have another.",
  ],
  invite_used: [
    "This invite was used already",
    "Each link works once. If it was you, you are in the team: there is nothing left to do here. If it was not, tell who invited you.",
  ],
};
/** What became of an invite that cannot be accepted, and what to do: its title and words; null: the code says nothing of the kind. */
export const deadInWords = (code) => wordsOf(DEAD, code);

/** What the catalogue says for programs, said for people. Null: it is good as it is. */
export function troubleInWords(problem) {
  switch (problem.code) {
    case "plan_limit_reached":
      return `All ${problem.limit} seats of your plan are in use. Remove a member or take an invite back, or choose more seats on the page of your plan.`;
    case "invite_already_open":
      return "This address is invited already. Send that invite again in the list of invites, or take it back first.";
    case "invite_already_member":
      return "This person is in the team already.";
    case "invite_list_too_long":
      return `This list is too long. Nobody was invited: send at most ${problem.limit} rows at a time.`;
    case "last_owner":
      return "A team always has an owner. Hand the ownership over first, or delete the team.";
    case "confirmation_wrong":
      return "What you typed is not the name of the team. Nothing was deleted.";
    default:
      return null;
  }
}

/** A newer server may have words that this page does not know. */
const wordsOf = (table, key) => (Object.hasOwn(table, key) ? table[key] : null);

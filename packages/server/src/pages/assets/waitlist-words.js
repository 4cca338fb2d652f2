import { timeInWords } from "./billing-words.js";

/** What comes with a ticket. */
export const offerInWords = ({ plan_name: plan, until }) =>
  until === null ? `You are given the plan ${plan}, without an end.` : `You are given the plan ${plan}, until ${timeInWords(until)}.`;

/** Of a ticket that has expired, and that whoever asks for it is sent again. */
export const ASK_AGAIN = [
  "This link has expired",
  "What is ready for you still waits. Ask for a new link with the same address, and we send it at once.",
];

/** Why a ticket lets nobody in: a title, and what the person can do; null: the code says nothing of a ticket. */
export function deadTicketInWords(code) {
  switch (code) {
    case "waitlist_ticket_not_found":
      return [
        "This link lets nobody in",
        "It was cut off on its way, or a newer mail took its place. Open the link of the newest mail; where there is none, join the waitlist again.",
      ];
    case "waitlist_ticket_expired":
      return [
        "This ticket has expired",
        "Join the waitlist again with the same address: you come before those who joined later, and get a new ticket when it is your turn.",
      ];
    case "waitlist_ticket_used":
      return [
        "You are in already",
        "The address that this ticket was sent to has a sign-in. Sign in with it; if you know no password for it, choose a new one there.",
      ];
    default:
      return null;
  }
}

/** Somebody has registered the address, and has not shown yet that it is theirs. */
export const EMAIL_TAKEN =
  "This address has a sign-in already. Choose a new password for it, or sign in and confirm the address; then open the link of your mail once more.";

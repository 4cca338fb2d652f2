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

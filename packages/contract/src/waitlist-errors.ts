/** Refusals of the waitlist: a part of `errors`, by the same rules. */
export const waitlistErrors = {
  signup_waitlist: {
    status: 403,
    title: "New people come in from the waitlist.",
    mend: "Join the waitlist, as `mend` says, and follow the link of the mail that invites you.",
  },
  waitlist_ticket_not_found: {
    status: 404,
    title: "This link lets nobody in: it is no ticket of ours, or a newer mail took its place.",
    mend: "Open the link of the newest mail; where there is none, join the waitlist again.",
  },
  waitlist_ticket_expired: {
    status: 410,
    title: "This ticket has expired.",
    mend: "Join the waitlist again with the same address: you come before those who joined later.",
  },
  waitlist_ticket_used: {
    status: 410,
    title: "This ticket is not needed any more: its address has a sign-in.",
    mend: "Sign in with the address that the ticket was sent to, or reset its password.",
  },
  waitlist_ticket_wrong_email: {
    status: 403,
    title: "This ticket is for another address.",
    mend: "Register with the address that the mail was sent to.",
  },
  waitlist_entry_not_found: {
    status: 404,
    title: "There is nobody on the waitlist by this.",
    mend: "Whoever left already need not do anything; otherwise open the link of the mail once more, or list the waitlist again.",
  },
  waitlist_not_invited: {
    status: 409,
    title: "This person was not invited yet, so there is nothing to send again.",
    mend: "Invite them.",
  },
} as const satisfies Record<string, { status: number; title: string; mend: string }>;

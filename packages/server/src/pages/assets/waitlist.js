import { callApi } from "./api.js";
import { timeInWords } from "./billing-words.js";
import { enterSession } from "./session.js";
import { element, onSend, part, revealable, say, showStep, start, takeParameters } from "./steps.js";
import { forget, keep, kept } from "./tab.js";
import { showOffer } from "./waitlist-offer.js";
import { ASK_AGAIN, deadTicketInWords, EMAIL_TAKEN, offerInWords } from "./waitlist-words.js";

const parameters = takeParameters();
const leave = parameters.get("leave");
// It outlives a reload and the way to a provider and back; whoever comes to join or to leave has none.
const token = parameters.get("token") ?? (location.hash === "#ticket" ? kept("ticket") : null);
let hint = "";

start(async () => {
  if (leave !== null) return showStep("leave");
  if (token === null) return showStep("join");
  keep("ticket", token);
  history.replaceState(null, "", "#ticket");
  let ticket;
  try {
    ticket = await callApi("GET", `/waitlist/tickets/${encodeURIComponent(token)}`);
  } catch (problem) {
    if (showIfDead(problem)) return;
    throw problem;
  }
  hint = ticket.email_hint;
  // Who has a sign-in makes no other: they say which account is to have it.
  if (ticket.has_sign_in) return showOffer({ token, ...ticket, showIfDead });
  say("ticket-offer", ticket.offer === null ? "" : offerInWords(ticket.offer));
  say(
    "ticket-words",
    `Create your account with the address that the mail was sent to. The link works until ${timeInWords(ticket.expires_at)}.`,
  );
  say("email-why", `The ticket was sent to ${hint}: only that address can use it.`);
  await showProviders();
  showStep("ticket");
});

async function showProviders() {
  const { items } = await callApi("GET", "/auth/providers").catch(() => ({ items: [] }));
  const query = new URLSearchParams({ waitlist_token: token, return_to: "/billing" });
  const links = items.map(({ name, start_url: url }) =>
    element("a", { className: "button quiet", href: `${url}?${query}` }, `Continue with ${name}`),
  );
  part("providers").replaceChildren(...links);
  for (const id of ["providers", "or"]) part(id).hidden = links.length === 0;
}

revealable("reveal", "password");

onSend("join-form", async (fields) => {
  await callApi("POST", "/waitlist", { body: filled(fields) });
  showStep("received");
});

onSend(
  "register-form",
  async (fields) => {
    const { user, account } = enterSession(await callApi("POST", "/auth/register", { body: { ...filled(fields), waitlist_token: token } }));
    forget("ticket");
    say("entered-words", `${user.name} (${user.email}) is the owner of ${account.name} now.`);
    showStep("entered");
  },
  (problem) => {
    if (problem.code === "waitlist_ticket_wrong_email") return `This ticket is for another address: ${hint}. Use that one.`;
    // The address of an offer is proven by a new password: then the page asks which account is to have it.
    if (problem.code === "email_taken") return EMAIL_TAKEN;
    return showIfDead(problem) ? "" : null;
  },
);

onSend(
  "leave-form",
  async () => {
    await callApi("DELETE", `/waitlist/${encodeURIComponent(leave)}`);
    showStep("left");
  },
  ({ code }) =>
    code === "waitlist_entry_not_found" || code === "invalid_request"
      ? "There is nobody on the waitlist by this link. If you have left already, nothing is to be done; otherwise open the link of the mail once more."
      : null,
);

/** What a person left empty is not sent. */
const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, text]) => text.trim() !== ""));

function showIfDead({ code, mend }) {
  const isSentAgain = mend?.action === "ask_for_ticket";
  // What is no token at all was cut off on its way.
  const words = isSentAgain ? ASK_AGAIN : deadTicketInWords(code === "invalid_request" ? "waitlist_ticket_not_found" : code);
  if (words === null) return false;
  forget("ticket");
  say("dead-title", words[0]);
  say("dead-words", words[1]);
  part("dead-sign-in").hidden = code !== "waitlist_ticket_used";
  part("dead-again").hidden = !isSentAgain;
  part("dead-join").hidden = code === "waitlist_ticket_used" || isSentAgain;
  showStep("dead");
  return true;
}

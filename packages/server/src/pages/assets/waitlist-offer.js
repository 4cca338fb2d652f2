import { callApi } from "./api.js";
import { call, currentSession, enterSession, openSession } from "./session.js";
import { element, onSend, part, revealable, say, showStep } from "./steps.js";
import { forget } from "./tab.js";
import { offerInWords } from "./waitlist-words.js";

const NEW = "new";
let ticket;

/** What is ready for somebody who has a sign-in: they come in with it, and say which account is to have it. */
export async function showOffer(found) {
  ticket = found;
  await openSession();
  await show();
}

async function show() {
  const session = currentSession();
  say("offer-words", offerInWords(ticket.offer));
  for (const id of ["take-form", "other-form"]) part(id).hidden = session === null;
  part("known").hidden = session !== null;
  if (session) await showAccounts(session);
  else await showWays();
  showStep("offer");
}

async function showAccounts({ user, account }) {
  say("take-who", `You are signed in as ${user.name} (${user.email}).`);
  say("other-why", `It is for ${ticket.email_hint}. Is that another address of yours? Then sign out here and come in with that one.`);
  const { items } = await call("GET", "/accounts");
  const owned = items.filter(({ role, deletion_due_at: due }) => role === "owner" && due === null);
  const options = owned.map(({ id, name }) => element("option", { value: id, selected: id === account.id }, name));
  part("take-account").replaceChildren(...options, element("option", { value: NEW }, "A new one"));
  showName();
}

function showName() {
  const isNew = part("take-account").value === NEW;
  part("take-new").hidden = !isNew;
  part("take-name").required = isNew;
}
part("take-account").addEventListener("change", showName);

async function showWays() {
  say("known-why", `You have a sign-in with ${ticket.email_hint} already. Sign in with it, and say which account is to have the plan.`);
  const { items } = await callApi("GET", "/auth/providers").catch(() => ({ items: [] }));
  const query = new URLSearchParams({ return_to: "/waitlist#ticket" });
  const links = items.map(({ name, start_url: url }) =>
    element("a", { className: "button quiet", href: `${url}?${query}` }, `Continue with ${name}`),
  );
  part("known-providers").replaceChildren(...links);
  for (const id of ["known-providers", "known-or"]) part(id).hidden = links.length === 0;
}

revealable("known-reveal", "known-password");

onSend(
  "known-form",
  async ({ email, password }) => {
    enterSession(await callApi("POST", "/auth/login", { body: { email, password } }));
    await show();
  },
  ({ code }) =>
    code === "use_oauth_provider"
      ? "You have no password here. Use one of the buttons above, or choose a password by the link below."
      : null,
);

onSend("other-form", async () => {
  await callApi("POST", "/auth/logout", { body: {} });
  forget("account");
  await openSession();
  await show();
});

onSend(
  "take-form",
  async ({ account: id, account_name: name }) => {
    if (id !== NEW) await enter(id);
    const body = id === NEW ? { account_name: name } : {};
    const taken = await call("POST", `/waitlist/tickets/${encodeURIComponent(ticket.token)}/accept`, body);
    await enter(taken.account.id);
    forget("ticket");
    say("entered-words", `${taken.account.name} has the plan ${taken.offer.plan_name} now.`);
    showStep("entered");
  },
  (problem) => {
    if (problem.code === "waitlist_ticket_wrong_email")
      return `This is for ${ticket.email_hint}, and you are signed in as ${currentSession()?.user.email}. Sign out, and come in with that address.`;
    return ticket.showIfDead(problem) ? "" : null;
  },
);

/** This page, and the tab, are in that account from now on. */
async function enter(id) {
  if (currentSession()?.account.id !== id) enterSession(await call("POST", "/accounts/switch", { account_id: id }));
}

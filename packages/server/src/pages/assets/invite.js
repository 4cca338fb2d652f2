import { callApi } from "./api.js";
import { timeInWords } from "./billing-words.js";
import { call, currentSession, enterSession, openSession } from "./session.js";
import { element, onSend, pairs, part, revealable, say, showStep, start, takeParameters } from "./steps.js";
import { forget, keep, kept } from "./tab.js";
import { deadInWords, powersInWords, roleInWords } from "./team-words.js";

// It outlives a reload and the way to a provider and back; the mail's link opened in another tab brings its own.
const token = takeParameters().get("token") ?? kept("invite");
let invite;
let providers = [];

start(async () => {
  await openSession();
  if (!token) return showDead("No invite", "The address of this page holds no invite. Open the mail again, and use its button.");
  keep("invite", token);
  try {
    invite = await callApi("GET", `/invites/${encodeURIComponent(token)}`);
  } catch (problem) {
    if (problem.code === "invite_used" && (await isInAlready())) return showStanding();
    // What is no token at all was cut off on its way.
    if (showIfDead(problem.code === "invalid_request" ? "invite_not_found" : problem.code)) return;
    throw problem;
  }
  await showInvite();
});

/** Was it the person themself who used the invite? Only a refusal to them says it. */
async function isInAlready() {
  if (currentSession() === null) return false;
  const refusal = await call("POST", `/invites/${token}/accept`, {}).catch((problem) => problem);
  return refusal?.mend?.action === "open_account";
}

async function showInvite() {
  const { account, role, invited_by: by, email_hint: hint, expires_at: end } = invite;
  const session = currentSession();
  say("title", `Join ${account.name}`);
  const rows = [
    ["Team", account.name],
    ["Invited by", by ?? "somebody who is no longer there"],
    ["For the address", hint],
    ["Open until", timeInWords(end)],
  ];
  part("facts").replaceChildren(...pairs(rows));
  say("powers", powersInWords(role));
  say("new-email-why", `The invite was sent to ${hint}: only that address can use it.`);
  for (const id of ["join-form", "other-form"]) part(id).hidden = session === null;
  part("ways").hidden = session !== null;
  if (session) showJoin(session.user);
  else await showProviders();
  showStep("invite");
}

function showJoin(user) {
  say("who", `You are signed in as ${user.name} (${user.email}).`);
  say("join", `Join as ${user.name}`);
  // Whose address is confirmed loses nothing by joining.
  part("join-password-part").hidden = user.email_verified_at !== null || !user.has_password;
}

async function showProviders() {
  ({ items: providers } = await callApi("GET", "/auth/providers").catch(() => ({ items: [] })));
  const query = new URLSearchParams({ invite_token: token, return_to: "/team" });
  const links = providers.map(({ name, start_url: url }) =>
    element("a", { className: "button quiet", href: `${url}?${query}` }, `Continue with ${name}`),
  );
  part("providers").replaceChildren(...links);
  for (const id of ["providers", "or"]) part(id).hidden = links.length === 0;
}

function showWay(way) {
  part("which").querySelector(`[value=${way}]`).checked = true;
  part("new-form").hidden = way !== "new";
  part("known-form").hidden = way !== "known";
}
part("which").addEventListener("change", (event) => showWay(event.target.value));
for (const [reveal, field] of [
  ["join-reveal", "join-password"],
  ["new-reveal", "new-password"],
  ["known-reveal", "known-password"],
])
  revealable(reveal, field);

onSend(
  "join-form",
  async ({ password }) => {
    const body = password && !part("join-password-part").hidden ? { password } : {};
    const answer = await call("POST", `/invites/${token}/accept`, body);
    showJoined(enterSession(answer), answer.password_removed);
  },
  (problem) => {
    if (problem.code === "invalid_credentials") return "This is not your password. Try again, or leave the field empty.";
    return wordsOfRefusal(problem, currentSession()?.user.email);
  },
);

onSend("other-form", async () => {
  await callApi("POST", "/auth/logout", { body: {} });
  forget("account");
  await openSession();
  part("join-form").querySelector(".trouble").textContent = "";
  await showInvite();
});

onSend(
  "new-form",
  async ({ name, email, password }) => {
    showJoined(enterSession(await callApi("POST", "/auth/register", { body: { name, email, password, invite_token: token } })), false);
  },
  (problem) => {
    if (problem.code !== "email_taken") return wordsOfRefusal(problem, null);
    say(
      "known-why",
      "This address has a sign-in here already. Sign in with it; if you know no password for it, see the mail that we have just sent to it.",
    );
    part("known-email").value = part("new-email").value;
    showWay("known");
    part("known-password").focus();
    return "";
  },
);

onSend(
  "known-form",
  async ({ email, password }) => {
    const answer = await callApi("POST", "/auth/login", { body: { email, password, invite_token: token } });
    const session = enterSession(answer);
    if (answer.invite === undefined || answer.invite.accepted) return showJoined(session, false);
    // Signed in all the same: what stands in the way is said beside the button that tries again.
    await showInvite();
    const words = wordsOfRefusal(answer.invite, session.user.email);
    if (words !== "")
      part("join-form").querySelector(".trouble").textContent = words ?? "You are signed in, but not in the team yet. Try to join.";
  },
  (problem) => (problem.code === "use_oauth_provider" ? whichButton(problem.providers) : wordsOfRefusal(problem, null)),
);

function whichButton(ids) {
  const names = providers.filter(({ id }) => ids.includes(id)).map(({ name }) => `"Continue with ${name}"`);
  if (names.length === 0) return "You have no password here. Choose one by the link below, then open the link in the invite's mail again.";
  return `You have no password here. Use the button ${names.join(" or ")} above.`;
}

/** What to say of a refusal that is about the invite: its words, "" where another step shows it, or null. @param email of who is signed in */
function wordsOfRefusal({ code, mend }, email) {
  if (code === "invite_already_member" || mend?.action === "open_account") return showStanding();
  if (code === "invite_wrong_email")
    return email === null
      ? `This invite is for another address: ${invite.email_hint}. Use that one, or ask for an invite to yours.`
      : `This invite is for ${invite.email_hint}, and you are signed in as ${email}. Sign out, and come in with the invited address; or ask for an invite to this one.`;
  if (code === "invite_no_seat")
    return "The team has no free seat left. Your invite stays good: ask who invited you to free or add a seat, then try again.";
  return showIfDead(code) ? "" : null;
}

function showStanding() {
  forget("invite");
  say("joined-words", `You are in ${invite?.account.name ?? "the team"} already. There is nothing left to do.`);
  showStep("joined");
  return "";
}

function showJoined(session, isPasswordRemoved) {
  forget("invite");
  say("joined-title", `You are in ${session.account.name}`);
  say("joined-words", `${session.user.name} (${session.user.email}) is in the team now, as ${roleInWords(session.account.role)}.`);
  say(
    "joined-more",
    isPasswordRemoved
      ? "Nobody had shown that the owner of your address chose the password, so it was removed, and every other device was signed out. We have sent you a mail with which you choose a new one."
      : "",
  );
  showStep("joined");
}

function showIfDead(code) {
  const words = deadInWords(code);
  if (words === null) return false;
  showDead(...words);
  part("dead-team").hidden = code !== "invite_used" || currentSession() === null;
  part("dead-sign-in").hidden = code !== "invite_used" || currentSession() !== null;
  return true;
}

function showDead(title, words) {
  forget("invite");
  say("dead-title", title);
  say("dead-words", words);
  showStep("dead");
}

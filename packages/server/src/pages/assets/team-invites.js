import { listOf } from "./pages-of-list.js";
import { call } from "./session.js";
import { element, onPress, onSend, part, say } from "./steps.js";
import { takeInviteLists } from "./team-invite-list.js";
import { inviteInWords, powersInWords, troubleInWords } from "./team-words.js";

let team;

const open = listOf("open", "invites-trouble", inviteLine, () => {
  part("open-none").hidden = open.items().length > 0;
});
const expired = listOf("expired", "invites-trouble", inviteLine, () => {
  part("expired-part").hidden = expired.items().length === 0;
});

/** Nothing for who may not invite, or while the team is being deleted. */
export async function showInvites(shown) {
  team = shown;
  const mayInvite = team.me.permissions.includes("invites.manage") && team.account.deletion === null;
  part("invites").hidden = !mayInvite;
  part("verdicts-part").hidden = true;
  if (mayInvite) await readInvites();
}

const readInvites = () => Promise.all([open.show("/accounts/me/invites?state=open"), expired.show("/accounts/me/invites?state=expired")]);

function inviteLine(invite) {
  const { email } = invite;
  const words = element("p", {}, element("strong", {}, email), element("br"), inviteInWords(invite));
  const again = element("button", { type: "button", className: "quiet", ariaLabel: `Send the invite to ${email} again` }, "Send again");
  const back = element("button", { type: "button", className: "quiet", ariaLabel: `Take the invite to ${email} back` }, "Take back");
  onPress(again, part("invites-trouble"), () => resend(invite), troubleInWords);
  onPress(back, part("invites-trouble"), () => revoke(invite), troubleInWords);
  return element("li", {}, words, element("div", { className: "actions" }, again, back));
}

async function resend({ id, email }) {
  const sent = await call("POST", `/accounts/me/invites/${id}/resend`);
  expired.drop(id);
  open.put(sent);
  await finish(`${email} is sent a new link; the older one does not work any more.`);
}

async function revoke({ id, email }) {
  await call("DELETE", `/accounts/me/invites/${id}`);
  expired.drop(id);
  open.drop(id);
  await finish(`The invite to ${email} is taken back.`);
}

/** The button that was pressed is gone with its line: the focus goes to where the line was. */
async function finish(words) {
  say("done", words);
  part("invites-title").focus();
  await team.seatsChanged();
}

const showPowers = () => say("invite-powers", powersInWords(part("invite-role").value).replace("you can", "they can"));
part("invite-role").addEventListener("change", showPowers);
showPowers();

onSend(
  "invite-form",
  async ({ email, role }) => {
    open.put(await call("POST", "/accounts/me/invites", { email, role }));
    part("invite-email").value = "";
    say("done", `${email} is invited, as ${role}: a mail is on its way.`);
    part("invite-email").focus();
    await team.seatsChanged();
  },
  troubleInWords,
);

takeInviteLists(async () => {
  await readInvites();
  await team.seatsChanged();
});

import { call } from "./session.js";
import { element, onSend, part, say } from "./steps.js";
import { whenMembersShown } from "./team-members.js";
import { offerInWords } from "./team-words.js";

let team;
const PATH = "/accounts/me/transfer-ownership";

/** The open offer for those whom it concerns, and the form for a new one for owners. */
export async function showOwnership(shown) {
  team = shown;
  part("ownership").hidden = !team.me.permissions.includes("ownership.transfer") || team.account.deletion !== null;
  part("offer-password-part").hidden = !team.me.user.has_password;
  part("offer-password").required = team.me.user.has_password;
  showOffer((await call("GET", PATH)).offer);
}

function showOffer(offer) {
  part("offer").hidden = offer === null;
  if (offer === null) return;
  const isToMe = offer.to.user_id === team.me.user.id;
  say("offer-words", offerInWords(offer, team.me.user.id));
  part("take-form").hidden = !isToMe;
  part("end-form").hidden = false;
  say("end-button", isToMe ? "Decline" : "Withdraw the offer");
}

whenMembersShown((members) => {
  const others = members.filter(({ role }) => role !== "owner");
  part("offer-to").replaceChildren(...others.map(({ id, name, email }) => element("option", { value: id }, `${name} (${email})`)));
  part("offer-form").hidden = others.length === 0;
  part("ownership-none").hidden = others.length > 0;
});

onSend(
  "offer-form",
  async ({ member_id, role_after, password }) => {
    const proof = team.me.user.has_password ? { password } : {};
    showOffer(await call("POST", PATH, { member_id, role_after, ...proof }));
    part("offer-password").value = "";
    finish("The offer is made, and a mail says so.");
  },
  (problem) => {
    if (problem.code !== "fresh_sign_in_required") return null;
    return team.me.user.has_password
      ? "This is not your password. Try again."
      : "For this you must have signed in within the last ten minutes. Sign out, sign in again and come back here.";
  },
);

onSend("take-form", async () => {
  await call("POST", `${PATH}/accept`);
  await team.reload();
  finish("You are an owner now.");
});

onSend("end-form", async () => {
  await call("DELETE", PATH);
  showOffer(null);
  finish("The offer is ended. Nothing has changed hands.");
});

function finish(words) {
  say("done", words);
  part("name").focus();
}

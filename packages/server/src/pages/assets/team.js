import { call, currentSession, enterSession, isWithoutTeam, openSession } from "./session.js";
import { element, onSend, part, say, showStep, start } from "./steps.js";
import { showData } from "./team-data.js";
import { showInvites } from "./team-invites.js";
import { showMembers } from "./team-members.js";
import { showOwnership } from "./team-ownership.js";
import { seatsInWords } from "./team-words.js";

start(async () => {
  if (!(await openSession())) return showStep(isWithoutTeam() ? "no-team" : "signed-out");
  await show();
  showStep("team");
});

/** Shows everything of the account that the session is in; anew after a switch, and after what changes more than a line. */
async function show() {
  const [me, account] = await Promise.all([call("GET", "/me"), call("GET", "/accounts/me")]);
  const team = { me, account, seatsChanged, reload: show };
  say("name", account.name);
  say("who", `${me.user.name} (${me.user.email}), ${me.account.role}`);
  say("seats", seatsInWords(account.seats));
  await Promise.all([showTeams(), showMembers(team), showInvites(team), showOwnership(team)]);
  showData(team);
}

async function seatsChanged() {
  say("seats", seatsInWords((await call("GET", "/accounts/me")).seats));
}

async function showTeams() {
  const { items } = await call("GET", "/accounts");
  part("switch-form").hidden = items.length < 2;
  const options = items.map(({ id, name, role, deletion_due_at: due, is_current: selected }) =>
    element("option", { value: id, selected }, `${name} (${due === null ? role : `${role}, being deleted`})`),
  );
  part("switch-account").replaceChildren(...options);
}

onSend("switch-form", async ({ account_id }) => {
  if (account_id === currentSession().account.id) return;
  enterSession(await call("POST", "/accounts/switch", { account_id }));
  say("done", "");
  await show();
  part("name").focus();
});

import { listOf } from "./pages-of-list.js";
import { call } from "./session.js";
import { element, onPress, part, say, showStep } from "./steps.js";
import { forget } from "./tab.js";
import { mayRemove, roleInWords, rolesFor, troubleInWords } from "./team-words.js";

let team;
/** Set before the lines are drawn: whether an owner may step down depends on whether there is another. */
let owners = 0;
let whenShown = () => {};

const list = listOf("members", "members-trouble", memberLine, () => {
  owners = list.items().filter(({ role }) => role === "owner").length;
  whenShown(list.items());
});

/** Calls `listener` with those read by now, whenever they change. */
export function whenMembersShown(listener) {
  whenShown = listener;
}

export function showMembers(shown) {
  team = shown;
  return list.show("/accounts/me/members");
}

function memberLine(member) {
  const { name, email, is_you: isYou, is_verified: isVerified } = member;
  const who = element(
    "p",
    {},
    element("strong", {}, name),
    isYou ? " (you)" : "",
    element("br"),
    email,
    isVerified ? "" : " (not confirmed)",
  );
  const actions = element("div", { className: "actions" }, roleForm(member));
  if (mayRemove(team.me, member, owners)) actions.append(removeButton(member));
  return element("li", {}, who, actions);
}

/** A choice of roles, saved by a button: a list that saves by itself would save each role that the arrow keys pass. */
function roleForm(member) {
  const roles = rolesFor(team.me, member, owners);
  if (roles.length === 1) return element("span", { className: "role" }, member.role);
  const options = roles.map((role) => element("option", { value: role, selected: role === member.role }, role));
  const select = element("select", { ariaLabel: `Role of ${member.name}` }, ...options);
  const save = element(
    "button",
    { type: "button", className: "quiet", hidden: true, ariaLabel: `Save the role of ${member.name}` },
    "Save",
  );
  select.addEventListener("change", () => {
    save.hidden = select.value === member.role;
  });
  onPress(save, part("members-trouble"), () => saveRole(member, select.value), troubleInWords);
  return element("span", { className: "role" }, select, save);
}

async function saveRole(member, role) {
  const changed = await call("PATCH", `/accounts/me/members/${member.id}`, { role });
  // What one may do oneself has changed with it.
  if (member.is_you) await team.reload();
  else list.put(changed);
  finish(`${member.name} is ${roleInWords(role)} now.`);
}

function removeButton(member) {
  const button = element("button", { type: "button", className: "quiet" }, member.is_you ? "Leave" : "Remove");
  button.ariaLabel = member.is_you ? "Leave this team" : `Remove ${member.name}`;
  const question = member.is_you
    ? `Leave ${team.account.name}? You come back only if somebody invites you.`
    : `Remove ${member.name} from the team? They are signed out of it at once. What they made stays.`;
  onPress(button, part("members-trouble"), () => (confirm(question) ? remove(member) : undefined), troubleInWords);
  return button;
}

async function remove(member) {
  await call("DELETE", `/accounts/me/members/${member.id}`);
  if (member.is_you) {
    forget("account");
    say("left-words", `You are no longer in ${team.account.name}.`);
    return showStep("left");
  }
  list.drop(member.id);
  finish(`${member.name} is no longer in the team.`);
  await team.seatsChanged();
}

/** The button that was pressed is gone with its line: the focus goes to where the line was. */
function finish(words) {
  say("done", words);
  part("members-title").focus();
}

import { callApi, resumeSession } from "./api.js";
import { rowsOf, whyClosed } from "./billing-words.js";
import { part, say, showStep, start } from "./steps.js";

start(async () => {
  const session = await resumeSession();
  if (!session) return showStep("signed-out");
  const state = await callApi("GET", "/billing/state", { accessToken: session.accessToken });
  say("account", `${session.account.name}, signed in as ${session.user.email}`);
  say("why-closed", whyClosed(state.access));
  part("facts").replaceChildren(...rowsOf(state).flatMap(([name, words]) => [cell("dt", name), cell("dd", words)]));
  part("verify").hidden = state.verification.verified;
  part("no-checkout").hidden = state.plan_billing.configured;
  showStep("state");
});

function cell(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

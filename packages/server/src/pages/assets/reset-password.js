import { callApi } from "./api.js";
import { onSend, part, revealable, say, showStep, start, takeParameters } from "./steps.js";

const parameters = takeParameters();
const token = parameters.get("token");

start(() => {
  if (!token) return showStep("forgot");
  if (parameters.get("claim") === "1") {
    part("choose-title").textContent = "Claim your address";
    say(
      "choose-words",
      "Choose a password of your own. Whoever registered with this address before is signed out for good, and it is confirmed as yours.",
    );
    part("choose-button").textContent = "Claim this address";
    part("set-title").textContent = "The address is yours";
  }
  showStep("choose");
});

revealable("reveal", "password");

onSend(
  "choose-form",
  async ({ password }) => {
    await callApi("POST", "/auth/password/reset", { body: { token, password } });
    showStep("set");
  },
  (problem) => {
    if (!["token_invalid", "token_expired", "token_used"].includes(problem.code)) return null;
    say("forgot-why", `${problem.title} You can ask for a new one here.`);
    showStep("forgot");
    return "";
  },
);

onSend("forgot-form", async ({ email }) => {
  await callApi("POST", "/auth/password/forgot", { body: { email } });
  showStep("sent");
});

import { callApi } from "./api.js";
import { leaveFor } from "./session.js";
import { onSend, part, revealable, say, showStep, start, takeParameters } from "./steps.js";

const parameters = takeParameters();
const token = parameters.get("token");
const DEAD = ["token_invalid", "token_expired", "token_used", "other_browser", "email_taken", "identity_conflict"];

start(() => {
  part("password-part").hidden = !parameters.has("password");
  if (token) return showStep("confirm");
  say("why", "The address of this page holds no link. Open the mail again, and use its button.");
  showStep("no-link");
});

revealable("reveal", "password");

onSend(
  "confirm-form",
  async ({ password }) => {
    const answer = await callApi("POST", "/auth/email/confirm", { body: password === "" ? { token } : { token, password } });
    leaveFor(answer);
  },
  (problem) => {
    if (problem.code === "invalid_credentials") return "This is not the password that was chosen. Try again, or leave the field empty.";
    if (!DEAD.includes(problem.code)) return null;
    say("why", `${problem.title} ${problem.detail}`);
    showStep("no-link");
    return "";
  },
);

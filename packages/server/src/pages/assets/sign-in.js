import { callApi, resumeSession } from "./api.js";
import { onSend, revealable, say, showStep, start } from "./steps.js";

start(async () => {
  const session = await resumeSession();
  if (!session) return showStep("sign-in");
  say("who", `You are signed in as ${session.user.name} (${session.user.email}).`);
  showStep("signed-in");
});

revealable("reveal", "password");

onSend("sign-in-form", async ({ email, password }) => {
  await callApi("POST", "/auth/login", { body: { email, password } });
  location.assign("/billing");
});

onSend("sign-out-form", async () => {
  await callApi("POST", "/auth/logout", { body: {} });
  showStep("sign-in");
});

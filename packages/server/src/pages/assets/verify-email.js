import { callApi, resumeSession } from "./api.js";
import { onSend, part, revealable, say, showStep, start, takeParameters } from "./steps.js";

const token = takeParameters().get("token");
let session = null;

start(async () => {
  session = await resumeSession();
  if (session) part("resend-email").value = session.user.email;
  if (token) return askToConfirm();
  if (session?.user.email_verified_at) {
    say("done-words", `${session.user.email} is confirmed already. There is nothing left to do.`);
    return showStep("done");
  }
  showStep("resend");
});

function askToConfirm() {
  part("password-part").hidden = session !== null;
  if (session) say("who", `You are signed in as ${session.user.name} (${session.user.email}).`);
  showStep("confirm");
}

revealable("reveal", "password");

onSend(
  "confirm-form",
  async ({ password }) => {
    const body = session || password === "" ? { token } : { token, password };
    const answer = await confirm(body);
    say("done-words", `${answer.email} is confirmed. Thank you.`);
    if (session && session.user.email !== answer.email)
      say("done-more", `In this browser you are signed in with another address, ${session.user.email}.`);
    part("done-sign-in").hidden = session !== null;
    part("done-billing").hidden = session === null;
    showStep("done");
  },
  (problem) => {
    if (problem.code === "invalid_credentials")
      return "This is not the password that the address was registered with. Try again, or leave the field empty.";
    if (!["token_invalid", "token_expired", "token_used"].includes(problem.code)) return null;
    say("resend-why", `${problem.title} If the address is not confirmed yet, ask for a new link here.`);
    showStep("resend");
    return "";
  },
);

/** The page may have been open for longer than an access token lives. */
async function confirm(body) {
  const send = () => callApi("POST", "/auth/email/verify", { body, accessToken: session?.accessToken });
  try {
    return await send();
  } catch (problem) {
    if (!session || !["access_token_expired", "session_ended", "authentication_required"].includes(problem.code)) throw problem;
    session = await resumeSession();
    return send();
  }
}

onSend("resend-form", async ({ email }) => {
  await callApi("POST", "/auth/email/resend", { body: { email } });
  showStep("sent");
});

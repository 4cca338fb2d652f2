import { callApi } from "./api.js";
import { openSession } from "./session.js";
import { onSend, part, say, showStep, start, takeParameters } from "./steps.js";

const source = sourceOf(takeParameters());

start(async () => {
  const session = await openSession();
  if (session) {
    part("name").value = session.user.name;
    part("email").value = session.user.email;
    say("who", `You are signed in: we see that you ask for ${session.account.name}.`);
  }
  showStep("write");
});

/** The plan or page that a link here names, if it is spelled as one. */
function sourceOf(parameters) {
  const plan = parameters.get("plan");
  const named = plan === null ? parameters.get("from") : `plan:${plan}`;
  return named !== null && /^[a-z0-9][a-z0-9_:-]{0,59}$/.test(named) ? named : "contact";
}

onSend("contact-form", async ({ name, email, company, size, message, website }) => {
  const filled = Object.entries({ company, size, website }).filter(([, text]) => text.trim() !== "");
  // Anew: a message takes longer to write than an access token lives, and without one nobody would know who asks.
  const accessToken = (await openSession())?.accessToken;
  await callApi("POST", "/sales-leads", { accessToken, body: { name, email, message, source, ...Object.fromEntries(filled) } });
  showStep("sent");
});

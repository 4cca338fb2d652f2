import { callApi, resumeSession } from "./api.js";
import { element, onSend, part, revealable, say, showStep, start } from "./steps.js";
import { forget } from "./tab.js";

/** Only these two: whoever can choose where a sign-in leads could lead it to a page that asks for the password again. */
const PLACES = ["/billing", "/team"];
const wanted = new URLSearchParams(location.search).get("return_to");
const returnTo = PLACES.includes(wanted) ? wanted : "/billing";

/** The buttons, by the provider's id. */
let providers = [];

start(async () => {
  const session = await resumeSession();
  if (session) {
    say("who", `You are signed in as ${session.user.name} (${session.user.email}).`);
    return showStep("signed-in");
  }
  await showProviders();
  showStep("sign-in");
});

/** One link for each provider that is set up. Where they cannot be asked for, the password still works. */
async function showProviders() {
  const { items } = await callApi("GET", "/auth/providers").catch(() => ({ items: [] }));
  providers = items;
  const links = items.map(({ name, start_url: url }) =>
    element("a", { className: "button quiet", href: `${url}?return_to=${encodeURIComponent(returnTo)}` }, `Continue with ${name}`),
  );
  part("providers").replaceChildren(...links);
  part("providers").hidden = links.length === 0;
  part("or").hidden = links.length === 0;
}

revealable("reveal", "password");

onSend(
  "sign-in-form",
  async ({ email, password }) => {
    await callApi("POST", "/auth/login", { body: { email, password } });
    location.assign(returnTo);
  },
  (problem) => (problem.code === "use_oauth_provider" ? whichButton(problem.providers) : null),
);

/** Somebody without a password is not stuck: the button is named. */
function whichButton(ids) {
  const names = providers.filter(({ id }) => ids.includes(id)).map(({ name }) => `"Continue with ${name}"`);
  return names.length === 0
    ? "You have no password here. Choose one by the link below."
    : `You have no password here. Use the button ${names.join(" or ")} above.`;
}

onSend("sign-out-form", async () => {
  await callApi("POST", "/auth/logout", { body: {} });
  forget("account");
  await showProviders();
  showStep("sign-in");
});

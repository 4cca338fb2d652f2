import { inWords } from "./api.js";

/** The part of the page with this id. */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no part ${id}`);
  return element;
}

/** Shows one step of the page and hides the others. Its heading takes the focus, so that a screen reader says where one is. */
export function showStep(id) {
  for (const step of document.querySelectorAll("[data-step]")) step.hidden = step.id !== id;
  const heading = part(id).querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Puts words into a part and shows it; no words hide it. Always as text: names and addresses come from strangers. */
export function say(id, words) {
  const element = part(id);
  element.textContent = words;
  element.hidden = words === "";
}

/**
 * Takes the link's parameters out of the address bar, so that no history, bookmark or screenshot keeps the token.
 * They are read once; to use the link again one opens it again.
 */
export function takeParameters() {
  const parameters = new URLSearchParams(location.search);
  if (location.search !== "") history.replaceState(null, "", location.pathname);
  return parameters;
}

/** An element with these properties; words among its children stay words. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The pairs of a list of what and what is said of it, for a `dl`. */
export const pairs = (rows) => rows.flatMap(([name, words]) => [element("dt", {}, name), element("dd", {}, words)]);

/**
 * Runs `work` with the form's fields when it is sent. Meanwhile the button waits; what goes wrong is said in the form.
 * `wordsFor` may know better than the problem itself what to say of it: its words, "" where it has shown another step, or null.
 */
export function onSend(formId, work, wordsFor) {
  const form = part(formId);
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const field of form.elements) field.removeAttribute("aria-invalid");
    const fields = Object.fromEntries(new FormData(form));
    return runOnce(button, form.querySelector(".trouble"), () => work(fields), {
      wordsFor,
      onTrouble: (problem) => markField(form, problem),
    });
  });
}

/** The same for a button that stands alone; what goes wrong is said in `trouble`. */
export function onPress(button, trouble, work, wordsFor) {
  button.addEventListener("click", () => runOnce(button, trouble, work, { wordsFor }));
}

/** Two presses are one: while the work is under way, the button does nothing. */
async function runOnce(button, trouble, work, { wordsFor = () => null, onTrouble = () => {} }) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  trouble.textContent = "";
  try {
    await work();
  } catch (problem) {
    trouble.textContent = wordsFor(problem) ?? inWords(problem);
    if (trouble.textContent !== "") onTrouble(problem);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

const FIELD_OF = { password_weak: "password", invalid_credentials: "password" };

function markField(form, problem) {
  const name = FIELD_OF[problem.code] ?? problem.problems?.[0]?.at.replace("body.", "");
  const field = name ? form.elements.namedItem(name) : null;
  if (!field) return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/** Lets a person see the password that they type. */
export function revealable(checkboxId, fieldId) {
  part(checkboxId).addEventListener("change", (event) => {
    part(fieldId).type = event.target.checked ? "text" : "password";
  });
}

/** Starts a page: what nobody expected is said too. */
export async function start(work) {
  try {
    await work();
  } catch (problem) {
    say("start-trouble", inWords(problem));
    showStep("stopped");
  }
}

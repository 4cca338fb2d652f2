import { callApi } from "./api.js";
import { leaveFor } from "./session.js";
import { part, showStep, start, takeParameters } from "./steps.js";
import { kept } from "./tab.js";

const provider = location.pathname.split("/")[2] ?? "";
// Code and state are taken out of the address bar before anything else is done with them.
const parameters = takeParameters();
const FIELDS = ["code", "state", "iss", "error", "error_description"];

start(async () => {
  part("to-invite").hidden = kept("invite") === null;
  const body = Object.fromEntries(FIELDS.filter((field) => parameters.has(field)).map((field) => [field, parameters.get(field)]));
  const answer = await callApi("POST", `/auth/${encodeURIComponent(provider)}/callback`, { body });
  if (answer.status === "check_your_email") return showStep("mail");
  leaveFor(answer);
});

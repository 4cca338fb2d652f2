import { call } from "./session.js";
import { element, onSend, part, say } from "./steps.js";
import { countsInWords, troubleInWords, verdictInWords } from "./team-words.js";

/** Names the list that stands in the form: the same list sent again, after a broken connection, invites nobody twice. */
let key = null;

/** Sends pasted lists and shows what became of each row. @param whenDone after each */
export function takeInviteLists(whenDone) {
  part("list-form").addEventListener("input", () => {
    key = null;
  });
  onSend(
    "list-form",
    async ({ list, role }) => {
      key ??= newKey();
      part("list-progress").hidden = false;
      say("done", "");
      try {
        showVerdicts(await call("POST", "/accounts/me/invites/bulk", { list, role }, { idempotencyKey: key }));
      } finally {
        part("list-progress").hidden = true;
      }
      key = null;
      await whenDone();
    },
    troubleInWords,
  );
}

function showVerdicts({ items, counts }) {
  part("verdicts").replaceChildren(...items.map(verdictRow));
  say("verdicts-title", countsInWords(counts));
  part("verdicts-part").hidden = false;
  part("verdicts-title").focus();
  // What could not be taken stays in the form, to be mended; those who are invited by then are told from the others.
  if (counts.invited === items.length) part("list").value = "";
}

function verdictRow(item) {
  const isDone = item.verdict === "invited";
  return element(
    "tr",
    { className: isDone ? "" : "undone" },
    element("td", {}, String(item.row)),
    element("td", {}, item.email),
    element("td", {}, verdictInWords(item)),
  );
}

/** Not randomUUID: that one is only there on https and localhost. */
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

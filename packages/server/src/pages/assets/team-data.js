import { downloadFrom } from "./download.js";
import { call } from "./session.js";
import { onSend, part, say } from "./steps.js";
import { deletionInWords, troubleInWords } from "./team-words.js";

let team;

/** Export for who may, deletion for owners, and for everybody whether the team is being deleted. */
export function showData(shown) {
  team = shown;
  const { account, me } = team;
  const mayDelete = me.permissions.includes("account.delete");
  part("export").hidden = !me.permissions.includes("account.export");
  part("pending").hidden = account.deletion === null;
  part("deletion").hidden = !mayDelete || account.deletion !== null;
  part("restore-form").hidden = !mayDelete;
  say("delete-name", account.name);
  if (account.deletion) say("pending-words", deletionInWords(account.deletion, mayDelete));
}

onSend("export-form", () => downloadFrom("/accounts/me/export", "export.zip"));

onSend(
  "delete-form",
  async ({ confirm }) => {
    await call("DELETE", "/accounts/me", { confirm });
    part("delete-confirm").value = "";
    await finish("The team is deleted.");
  },
  troubleInWords,
);

onSend("restore-form", async () => {
  await call("POST", "/accounts/me/restore");
  await finish("The team is back, and everything is as it was.");
});

async function finish(words) {
  await team.reload();
  say("done", words);
  part("name").focus();
}

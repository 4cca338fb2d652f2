import { restoreForPeople } from "../admin/restore-account.ts";
import { onAccount } from "./accounts.ts";
import { AT_COMMAND_LINE, type Command } from "./context.ts";
import { reasonOption } from "./read-options.ts";

export const accountRestore: Command = {
  name: "account restore",
  summary: "Take the deletion of an account back, for a customer whose owner is gone",
  details:
    "While it waits to be erased; of one that lives it changes nothing. Its people are told by mail, which a server or worker that runs sends.",
  positionals: ["ACCOUNT"],
  options: { reason: { type: "string", description: "Why, for the audit of the account; required" } },
  examples: ["gatehouse account restore analytical-engines-0123456789 --reason 'deleted by mistake, ticket 17'"],
  run: (context, [named = ""], options) => {
    const act = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") };
    // Stripe is not asked here, and yet whether there is one decides whether the subscription is to be renewed again.
    return onAccount(
      context,
      named,
      async (parts, accountId) => {
        await parts.jobs.start();
        const done = await parts.db.asSystem("an operator acts on an account that is not theirs", (tx) =>
          restoreForPeople(parts, tx, act, accountId),
        );
        return { text: done.restored ? `${done.name} is restored.` : `${done.name} was not deleted: nothing was changed.`, data: done };
      },
      { stripe: true },
    );
  },
};

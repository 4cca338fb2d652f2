import { endImpersonation } from "../admin/impersonate.ts";
import { UserError } from "../cli-error.ts";
import { AT_COMMAND_LINE, type Command } from "./context.ts";
import { withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { reasonOption } from "./read-options.ts";

/** To begin one is left to the routes: its token is for a session of an operator, which a command line has not. */
export const impersonationEnd: Command = {
  name: "impersonation end",
  summary: "End at once that an operator looks at an account as its people do",
  details:
    "Whose it is does not matter; one that has ended stays as it is. gatehouse account show names those that began in its audit (--json).",
  positionals: ["IMPERSONATION"],
  options: { reason: { type: "string", description: "Why, for the audit of the account; required" } },
  examples: ["gatehouse impersonation end 01890000-0000-7000-8000-000000000000 --reason 'the customer asked'"],
  run: (context, [id = ""], options) => {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
      throw new UserError(`${JSON.stringify(id)} is no id of an impersonation.`);
    const act = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") };
    return withParts(context, (parts) =>
      plainRefusals(async () => {
        await parts.db.asSystem("an impersonation is named, not its account", (tx) => endImpersonation(parts, tx, act, id));
        return { text: "It is ended.", data: { id, ended: true } };
      }),
    );
  },
};

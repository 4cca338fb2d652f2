import { parseEmail } from "@gatehouse/core";
import type { Act } from "../admin/act.ts";
import { unlockPerson, verifyForPerson } from "../admin/help-person.ts";
import { presentPerson } from "../admin/present-account.ts";
import { UserError } from "../cli-error.ts";
import { findUserByEmail } from "../identity/users.store.ts";
import type { Tx } from "../platform/app.ts";
import { AT_COMMAND_LINE, type Command, type CommandContext, type CommandResult, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { reasonOption } from "./read-options.ts";

const options = { reason: { type: "string", description: "Why, for the audit; required" } } as const;

export const userVerify: Command = {
  name: "user verify",
  summary: "Take somebody's address for verified, without a mail",
  details: "Make sure that it is theirs. It says nothing of who set the password.",
  positionals: ["EMAIL"],
  options,
  examples: ["gatehouse user verify ada@example.com --reason 'their mail server drops ours, ticket 17'"],
  run: (context, [email = ""], given) =>
    onUser(context, email, given, async (parts, tx, act, userId) => {
      const person = await verifyForPerson(parts, tx, act, userId);
      return { text: `${person.email} is verified.`, data: presentPerson(person) };
    }),
};

export const userUnlock: Command = {
  name: "user unlock",
  summary: "Forget somebody's failed sign-ins, so that they may try again at once",
  positionals: ["EMAIL"],
  options,
  examples: ["gatehouse user unlock ada@example.com --reason 'ticket 17'"],
  run: (context, [email = ""], given) =>
    onUser(context, email, given, async (parts, tx, act, userId) => {
      const sources = await unlockPerson(parts, tx, act, userId);
      return { text: `${email} may try again.`, data: { user_id: userId, sources } };
    }),
};

function onUser(
  context: CommandContext,
  email: string,
  given: OptionValues,
  work: (parts: ToolParts, tx: Tx, act: Act, userId: string) => Promise<CommandResult>,
): Promise<CommandResult> {
  const address = parseEmail(email);
  if (!address.ok) throw new UserError(`${JSON.stringify(email)} is no email address.`);
  const act = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(given, "") };
  return withParts(context, (parts) =>
    plainRefusals(() =>
      parts.db.asSystem("a person belongs to no account", async (tx) => {
        const user = await findUserByEmail(tx, address.normalised);
        if (!user) throw new UserError(`No user has the address ${email}.`);
        return work(parts, tx, act, user.id);
      }),
    ),
  );
}

import { parseEmail } from "@gatehouse/core";
import { peopleOfAddresses } from "../admin/account-search.store.ts";
import type { Act } from "../admin/act.ts";
import { resendToPerson, unlockPerson, verifyForPerson } from "../admin/help-person.ts";
import { presentPerson } from "../admin/present-account.ts";
import { UserError } from "../cli-error.ts";
import { findUserByEmail } from "../identity/users.store.ts";
import type { Tx } from "../platform/app.ts";
import { AT_COMMAND_LINE, type Command, type CommandContext, type CommandResult, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { countOption, reasonOption } from "./read-options.ts";

const SHOWN_MAX = 100;
const OF_NO_ACCOUNT = "a person belongs to no account";
const options = { reason: { type: "string", description: "Why, for the audit; required" } } as const;

export const userSearch: Command = {
  name: "user search",
  summary: "Find people by the beginning of their address, and the accounts that they are in",
  positionals: ["TEXT"],
  options: { limit: { type: "string", description: `how many at most, 1 to ${SHOWN_MAX}; default 25` } },
  examples: ["gatehouse user search ada@", "gatehouse user search ada@example.com --json"],
  run: (context, [query = ""], given) => {
    const limit = countOption(given, "limit", { min: 1, max: SHOWN_MAX, otherwise: 25 });
    if (query.trim() === "") throw new UserError("Say how the address begins.");
    return withParts(context, async (parts) => {
      const found = await parts.db.asSystem(OF_NO_ACCOUNT, (tx) => peopleOfAddresses(tx, query.trim().toLowerCase(), null, limit + 1));
      const people = found.slice(0, limit);
      const lines = people.map(({ email, name, emailVerifiedAt, accounts }) => {
        const where = accounts.map((account) => `${account.role} of ${account.name} (${account.id})`).join(", ");
        return `${email}  ${name}, ${emailVerifiedAt === null ? "not verified" : "verified"}, ${where || "in no account"}`;
      });
      const more = found.length > limit ? ["There are more: say more of it."] : [];
      return {
        text: people.length === 0 ? "There is no such user." : [...lines, ...more].join("\n"),
        data: { items: people.map(presentPerson), has_more: more.length > 0 },
      };
    });
  },
};

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

export const userResendVerification: Command = {
  name: "user resend-verification",
  summary: "Send somebody the mail that verifies their address again",
  details: "A server or worker that runs sends it.",
  positionals: ["EMAIL"],
  options,
  examples: ["gatehouse user resend-verification ada@example.com --reason 'it went to spam, ticket 17'"],
  run: (context, [email = ""], given) =>
    onUser(context, email, given, async (parts, tx, act, userId) => {
      await parts.jobs.start();
      await resendToPerson(parts, tx, act, userId);
      return { text: `The mail goes to ${email} once more.`, data: { status: "check_your_email", user_id: userId } };
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
      parts.db.asSystem(OF_NO_ACCOUNT, async (tx) => {
        const user = await findUserByEmail(tx, address.normalised);
        if (!user) throw new UserError(`No user has the address ${email}.`);
        return work(parts, tx, act, user.id);
      }),
    ),
  );
}

import { parseEmail } from "@gatehouse/core";
import { factsChanged } from "../access/facts-cache.ts";
import { UserError } from "../cli-error.ts";
import { setOperator } from "../identity/users.store.ts";
import { audit } from "../platform/audit.store.ts";
import type { Command, CommandContext, CommandResult } from "./context.ts";
import { withParts } from "./open-parts.ts";

export const operatorGrant: Command = {
  name: "operator grant",
  summary: "Make a user an operator",
  details: "The only way to become one: no route and no account role gives it.",
  positionals: ["EMAIL"],
  options: {},
  examples: ["gatehouse operator grant ada@example.com"],
  run: (context, [email = ""]) => setOperatorByEmail(context, email, true),
};
export const operatorRevoke: Command = {
  name: "operator revoke",
  summary: "Take it away again",
  positionals: ["EMAIL"],
  options: {},
  examples: ["gatehouse operator revoke ada@example.com"],
  run: (context, [email = ""]) => setOperatorByEmail(context, email, false),
};

function setOperatorByEmail(context: CommandContext, typed: string, isOperator: boolean): Promise<CommandResult> {
  const address = parseEmail(typed);
  if (!address.ok) throw new UserError(`${JSON.stringify(typed)} is no email address.`);
  return withParts(context, (parts) =>
    parts.db.asSystem("an operator belongs to no account", async (tx) => {
      const userId = await setOperator(tx, address.normalised, isOperator, parts.clock.now());
      if (userId === null) throw new UserError(`No user has the address ${typed}. They must register first.`);
      const action = isOperator ? "operator.granted" : "operator.revoked";
      await audit(parts, tx, {
        accountId: null,
        actorUserId: null,
        action,
        targetId: userId,
        ip: null,
        userAgent: "gatehouse command line",
      });
      await factsChanged(parts, tx, `user:${userId}`);
      return { text: `${typed} is ${isOperator ? "now" : "no longer"} an operator.`, data: { user_id: userId, is_operator: isOperator } };
    }),
  );
}

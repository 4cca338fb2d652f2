import { markRefunded, openRefunds } from "../billing/refunds.ts";
import { UserError } from "../cli-error.ts";
import { refundAsData } from "./billing-status.ts";
import { COMMAND_LINE, type Command, type CommandResult } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { sayAge } from "./say-billing.ts";

export const billingRefunds: Command = {
  name: "billing refunds",
  summary: "Show subscriptions that were one too many, to be paid back",
  details:
    "Two checkouts of one account were paid at once: one subscription stayed, the other was cancelled at Stripe. Pay its money back there, then\ntake it off the list with --done. No money is moved here.",
  positionals: [],
  options: { done: { type: "string", description: "the subscription whose money was paid back" } },
  examples: ["gatehouse billing refunds", "gatehouse billing refunds --done sub_1RzY2uEXAMPLE"],
  run: (context, _positionals, { done }) => withParts(context, (parts) => (typeof done === "string" ? mark(parts, done) : list(parts))),
};

async function list(parts: ToolParts): Promise<CommandResult> {
  const refunds = await openRefunds(parts);
  const now = parts.clock.now();
  const lines = refunds.map(({ id, keptId, accountId, flaggedAt, canceledAt }) => {
    const state = canceledAt === null ? "not yet cancelled at Stripe" : "cancelled at Stripe";
    return `${id} of account ${accountId}: ${state}; found ${sayAge(flaggedAt, now)} ago beside ${keptId}`;
  });
  return { text: lines.length === 0 ? "Nothing is to be refunded." : lines.join("\n"), data: { refunds: refunds.map(refundAsData) } };
}

async function mark(parts: ToolParts, subscriptionId: string): Promise<CommandResult> {
  const marked = await markRefunded(parts, subscriptionId, COMMAND_LINE);
  if (marked === "unknown") throw new UserError(`${subscriptionId} is not to be refunded.`);
  if (marked === "not_canceled") throw new UserError(`${subscriptionId} is not cancelled at Stripe yet: it may still bill.`);
  return { text: `${subscriptionId} is off the list.`, data: { subscription_id: subscriptionId, refunded: true } };
}

import { replayEvent } from "../billing/replay-event.ts";
import { UserError } from "../cli-error.ts";
import { Refusal } from "../platform/refuse.ts";
import { AT_COMMAND_LINE, type Command, type CommandResult } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainStripeErrors } from "./plain-stripe-errors.ts";
import { reasonOption } from "./read-options.ts";

export const EVENT_ID = /^[\w-]{1,255}$/;

export const billingReplay: Command = {
  name: "billing replay",
  summary: "Have an event of Stripe done again",
  details:
    "A worker reads anew what the event points at: nothing that was done since is undone. An event that never came is fetched from Stripe,\nwhich keeps 30 days.",
  positionals: ["EVENT_ID"],
  options: { reason: { type: "string", description: "Why, for the audit" } },
  examples: ["gatehouse billing replay evt_1RzY2uEXAMPLE"],
  run: (context, [eventId = ""], options) => {
    if (!EVENT_ID.test(eventId)) throw new UserError(`${JSON.stringify(eventId)} is no id of an event.`);
    const reason = options["reason"] === undefined ? null : reasonOption(options, "");
    return withParts(context, (parts) => plainStripeErrors(() => replay(parts, eventId, reason), "Run it again."), { stripe: true });
  },
};

async function replay(parts: ToolParts, eventId: string, reason: string | null): Promise<CommandResult> {
  await parts.jobs.start();
  const replayed = await replayEvent(parts, eventId, { userId: null, origin: AT_COMMAND_LINE, reason }).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === "billing_not_configured")
      throw new UserError(`We have no event ${eventId}, and Stripe cannot be asked for it (STRIPE_SECRET_KEY).`);
    throw error;
  });
  if (replayed === "unknown") throw new UserError(`Neither we nor Stripe have an event ${eventId}.`);
  const how = replayed === "fetched" ? "was fetched from Stripe, and is queued" : "is queued again";
  return { text: `${eventId} ${how}. gatehouse billing status shows what is not done.`, data: { event_id: eventId, replayed } };
}

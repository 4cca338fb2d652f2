import { UserError } from "../cli-error.ts";
import { Refusal } from "../platform/refuse.ts";

/**
 * What Stripe refused, or that it could not be reached, said in one sentence and without a stack.
 * @param advice what to do about a Stripe that is away, as a sentence
 * @throws UserError for those, and what `work` throws otherwise
 */
export async function plainStripeErrors<T>(work: () => Promise<T>, advice: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || !error.code.startsWith("billing_")) throw error;
    const said = error.cause instanceof Error ? error.cause.message : error.code;
    const isAway = error.code === "billing_unavailable";
    throw new UserError(`Stripe did not do as asked: ${said}${/[.!?]$/.test(said) ? "" : "."}${isAway ? ` ${advice}` : ""}`);
  }
}

import { showClaims } from "../admin/show-claims.ts";
import { waiveTrial } from "../admin/waive-trial.ts";
import { onAccount, withPolicy } from "./accounts.ts";
import { AT_COMMAND_LINE, type Command } from "./context.ts";
import { reasonOption } from "./read-options.ts";

const REASON = "an operator looks after an account that is not theirs";

export const trialClaims: Command = {
  name: "trial claims",
  summary: "Show why an account has no trial, or what its trial is remembered by",
  positionals: ["ACCOUNT"],
  options: {},
  examples: ["gatehouse trial claims grace@example.com", "gatehouse trial claims analytical-engines-0123456789 --json"],
  run: (context, [named = ""]) =>
    onAccount(context, named, async (parts, accountId) => {
      const claims = await parts.db.asSystem(REASON, (tx) => showClaims(tx, accountId));
      return { text: sayClaims(claims), data: claims };
    }),
};

export const trialWaive: Command = {
  name: "trial waive",
  summary: "Give an account its trial after all, as long as any; or set aside that its card had another one",
  details:
    "For one that was refused it at sign-up, or whose card was found to have had another one; gatehouse trial claims says why.\nWhose trial stood in the way keeps theirs.",
  positionals: ["ACCOUNT"],
  options: { reason: { type: "string", description: "Why, for the audit of the account; required" } },
  examples: ["gatehouse trial waive grace@example.com --reason 'a team of their own, ticket 17'"],
  run: (context, [named = ""], options) => {
    const act = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") };
    return onAccount(context, named, async (parts, accountId) => {
      const claims = await parts.db.asSystem(REASON, async (tx) => {
        await waiveTrial(tx, withPolicy(parts), act, accountId);
        return showClaims(tx, accountId);
      });
      return { text: sayClaims(claims), data: claims };
    });
  },
};

function sayClaims({ trial_ends_at, refusal, claims }: Awaited<ReturnType<typeof showClaims>>): string {
  return [
    trial_ends_at === null ? "It has no trial." : `Its trial ends at ${trial_ends_at}.`,
    ...(refusal === null ? [] : sayRefusal(refusal)),
    ...claims.map(
      ({ kind, at, proven_at }) => `Remembered by its ${kind} since ${at}${proven_at === null ? ", which nobody has proven yet" : ""}.`,
    ),
  ].join("\n");
}

/** What only a card said was found out when the trial was given already: it stands against any more of it. */
function sayRefusal({ reason, at, waived_at, waiver_reason }: NonNullable<Awaited<ReturnType<typeof showClaims>>["refusal"]>): string[] {
  const isByCard = reason === "trial_used_by_card";
  const waived = isByCard ? "That was set aside" : "It was given one all the same";
  return [
    isByCard ? `It was found to be a second one at ${at}, and gets no longer: ${reason}.` : `It was refused one at ${at}: ${reason}.`,
    ...(waived_at === null ? [] : [`${waived} at ${waived_at} (${waiver_reason}).`]),
  ];
}

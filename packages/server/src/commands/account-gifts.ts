import { giveGrant, takeGrant } from "../admin/give-grant.ts";
import { presentGrant, presentTrial } from "../admin/present-account.ts";
import { prolongTrial } from "../admin/prolong-trial.ts";
import { UserError } from "../cli-error.ts";
import { onAccount } from "./accounts.ts";
import { AT_COMMAND_LINE, type Command, type OptionValues } from "./context.ts";
import { countOption, instantOption, reasonOption, versionOption } from "./read-options.ts";

const reasonOf = { type: "string", description: "Why, for the audit; required" } as const;
const versionOf = { type: "string", description: "As it was read: where it has changed since, nothing is done" } as const;
/** The command line does it: there is no operator. */
const actOf = (options: OptionValues) => ({ userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") });
const REASON = "an operator acts on an account that is not theirs";

export const accountComp: Command = {
  name: "account comp",
  summary: "Give an account a plan for nothing",
  details: "It ends when they begin to pay for a plan themselves; no event of Stripe touches it before.",
  positionals: ["ACCOUNT", "PLAN"],
  options: {
    until: { type: "string", description: "When it ends, with its zone; without it, it has no end" },
    reason: reasonOf,
  },
  examples: ["gatehouse account comp analytical-engines-0123456789 team --until 2027-01-01T00:00:00Z --reason 'pilot, ticket 17'"],
  run: (context, [named = "", plan = ""], options) => {
    const [act, until] = [actOf(options), instantOption(options, "until")];
    return onAccount(context, named, async (parts, accountId) => {
      const grant = await parts.db.asSystem(REASON, (tx) => giveGrant(parts, tx, act, accountId, { plan, until }));
      const end = grant.until === null ? "without an end" : `until ${grant.until.toISOString()}`;
      return { text: `It has ${grant.plan} for nothing, ${end}: ${grant.id}`, data: presentGrant(grant, parts.clock.now()) };
    });
  },
};

export const accountUncomp: Command = {
  name: "account uncomp",
  summary: "End a plan that was given for nothing, now",
  details: "gatehouse account show names them. It is not deleted: the history keeps that it was there.",
  positionals: ["ACCOUNT", "GRANT"],
  options: { version: versionOf, reason: reasonOf },
  examples: ["gatehouse account uncomp analytical-engines-0123456789 01890000-0000-7000-8000-000000000000 --reason 'the pilot is over'"],
  run: (context, [named = "", grantId = ""], options) => {
    const [act, version] = [actOf(options), versionOption(options)];
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(grantId))
      throw new UserError(`${JSON.stringify(grantId)} is no id of a grant.`);
    return onAccount(context, named, async (parts, accountId) => {
      const grant = await parts.db.asSystem(REASON, (tx) => takeGrant(parts, tx, act, accountId, { grantId, version }));
      return { text: `It ended at ${grant.until?.toISOString() ?? "no time"}.`, data: presentGrant(grant, parts.clock.now()) };
    });
  },
};

export const trialExtend: Command = {
  name: "trial extend",
  summary: "Make an account's trial longer: from its end, or from now where it has ended",
  details: "By TRIAL_EXTENSION_DAYS_MAX days in all.",
  positionals: ["ACCOUNT"],
  options: { days: { type: "string", description: "By how many days; required" }, version: versionOf, reason: reasonOf },
  examples: ["gatehouse trial extend analytical-engines-0123456789 --days 7 --reason 'their import failed, ticket 17'"],
  run: (context, [named = ""], options) => {
    const [act, version] = [actOf(options), versionOption(options)];
    const days = countOption(options, "days", { min: 1, max: 3650, otherwise: 0 });
    if (days === 0) throw new UserError("Say by how many days with --days.");
    return onAccount(context, named, async (parts, accountId) => {
      const trial = await parts.db.asSystem(REASON, (tx) => prolongTrial(parts, tx, act, accountId, { days, version }));
      return { text: `The trial ends at ${trial.endsAt.toISOString()}.`, data: presentTrial(parts, trial) };
    });
  },
};

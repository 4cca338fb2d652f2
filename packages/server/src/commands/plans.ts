import { adminCatalogue } from "@gatehouse/contract";
import { editPlanBilling } from "../admin/edit-plan-billing.ts";
import { editPlanLimit } from "../admin/edit-plan-limit.ts";
import { presentFlags, presentPlanBilling, presentPlanLimit } from "../admin/present-catalogue.ts";
import { listFlags, listLimits, listPlans, type StoredPlan } from "../billing/catalogue.store.ts";
import { UserError } from "../cli-error.ts";
import type { Tx } from "../platform/app.ts";
import { AT_COMMAND_LINE, type Command, type CommandContext, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { countOption, limitWord, reasonOption, requiredVersion } from "./read-options.ts";

const REASON = "the catalogue belongs to no account";
const ORDER_MAX = 999_999_999;
const UNTIL_APPLIED =
  "At once and for everybody on the plan, until the catalogue is applied the next time: what is to stay is written into the catalogue file.";
const seen = {
  version: { type: "string", description: "As it was shown; required, so that nobody's change is overwritten unseen" },
  reason: { type: "string", description: "Why, for the audit; required" },
} as const;
const actOf = (options: OptionValues) => ({ userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") });

export const planLimits: Command = {
  name: "plan limits",
  summary: "Show what every plan limits, beside what the catalogue file says",
  positionals: [],
  options: {},
  examples: ["gatehouse plan limits", "gatehouse plan limits --json"],
  run: (context) =>
    onCatalogue(context, async (parts, tx) => {
      const items = (await listLimits(tx)).map((limit) => presentPlanLimit(parts.catalogue, limit));
      return { text: items.length === 0 ? "No plan limits anything." : items.map(sayLimit).join("\n"), data: { items } };
    }),
};

export const planSetLimit: Command = {
  name: "plan set-limit",
  summary: "Change a limit for every account of a plan",
  details: `VALUE is a whole number, or unlimited. ${UNTIL_APPLIED}\nWho stands above a lowered limit keeps what they have.`,
  positionals: ["PLAN", "LIMIT", "VALUE"],
  options: seen,
  examples: ["gatehouse plan set-limit pro seats 25 --version 1 --reason 'the spring offer'"],
  run: (context, [plan = "", key = "", text = ""], options) => {
    const [by, version, value] = [actOf(options), requiredVersion(options, "plan limits"), limitWord(text)];
    return onCatalogue(context, async (parts, tx) => {
      const limit = presentPlanLimit(parts.catalogue, await editPlanLimit(tx, parts, by, { plan, key, value, version }));
      return { text: sayLimit(limit), data: limit };
    });
  },
};

export const planBilling: Command = {
  name: "plan billing",
  summary: "Show how each plan is called, whether it is shown and sold, and what it costs",
  positionals: [],
  options: {},
  examples: ["gatehouse plan billing", "gatehouse plan billing --json"],
  run: (context) =>
    onCatalogue(context, async (parts, tx) => {
      const items = (await listPlans(tx)).map((plan) => presentPlanBilling(parts.catalogue, plan));
      return { text: items.map(sayPlan).join("\n"), data: { items } };
    }),
};

export const planSetBilling: Command = {
  name: "plan set-billing",
  summary: "Change how a plan is called, whether it is shown and sold, and where it stands",
  details: `What is not said stays as it is. ${UNTIL_APPLIED}\nPrices are not edited here: change the catalogue file, and run gatehouse catalogue apply.`,
  positionals: ["PLAN"],
  options: {
    name: { type: "string", description: "As customers read it, 1 to 100 characters" },
    public: { type: "string", description: "true, or false: neither shown nor sold; who has it keeps it" },
    order: { type: "string", description: "Its place among the plans, a whole number that no other plan has" },
    ...seen,
  },
  examples: [
    "gatehouse plan set-billing team --public false --version 1 --reason 'sold by contract from now on'",
    "gatehouse plan set-billing pro --name Professional --order 2 --version 3 --reason 'the new names'",
  ],
  run: (context, [plan = ""], options) => {
    const [by, version, wish] = [actOf(options), requiredVersion(options, "plan billing"), billingWish(options)];
    return onCatalogue(context, async (parts, tx) => {
      const stored = (await listPlans(tx)).find(({ key }) => key === plan);
      // An unknown one is refused by the edit, which names those that there are. What was read here is what `version` stands for, or nothing is done.
      const { name, public: isPublic, order } = { ...(stored ?? NO_PLAN), ...wish };
      const edited = await editPlanBilling(tx, parts, by, { plan, name, public: isPublic, order, version });
      const billing = presentPlanBilling(parts.catalogue, edited);
      return { text: sayPlan(billing), data: billing };
    });
  },
};

export const featureFlags: Command = {
  name: "feature flags",
  summary: "Show every flag of the catalogue: its default, what plans say of it, and for how many accounts it was set",
  details: "gatehouse account flags shows what they are for one account.",
  positionals: [],
  options: {},
  examples: ["gatehouse feature flags", "gatehouse feature flags --json"],
  run: (context) =>
    onCatalogue(context, async (parts, tx) => {
      const items = presentFlags(parts.catalogue, await listFlags(tx));
      const lines = items.map((flag) => {
        const plans = Object.entries(flag.plans).map(([plan, value]) => `, ${plan} ${value}`);
        return `${flag.key}  default ${flag.default}${plans.join("")}; set for ${flag.overrides} accounts  (${flag.description})`;
      });
      return { text: lines.length === 0 ? "The catalogue has no flags." : lines.join("\n"), data: { items } };
    }),
};

const onCatalogue = <T>(context: CommandContext, work: (parts: ToolParts, tx: Tx) => Promise<T>): Promise<T> =>
  withParts(context, (parts) => plainRefusals(() => parts.db.asSystem(REASON, (tx) => work(parts, tx))));

type Billing = Pick<StoredPlan, "name" | "public" | "order">;
const NO_PLAN: Billing = { name: "", public: false, order: 0 };

/** @throws UserError when nothing is to be changed, or something cannot be so */
function billingWish(options: OptionValues): Partial<Billing> {
  const { name, public: shown, order } = options;
  if (name === undefined && shown === undefined && order === undefined)
    throw new UserError("Say what to change: --name, --public, --order.");
  const read = adminCatalogue.editPlanBilling.body.shape.display_name.safeParse(name ?? "as it is");
  if (!read.success) throw new UserError("--name is one line of 1 to 100 characters.");
  if (shown !== undefined && shown !== "true" && shown !== "false")
    throw new UserError(`--public is true or false, not ${JSON.stringify(shown)}.`);
  return {
    ...(name === undefined ? {} : { name: read.data }),
    ...(shown === undefined ? {} : { public: shown === "true" }),
    ...(order === undefined ? {} : { order: countOption(options, "order", { min: 0, max: ORDER_MAX, otherwise: 0 }) }),
  };
}

type Edit = ReturnType<typeof presentPlanBilling>["edit"];
const sayEdit = (edit: Edit): string => (edit === null ? "" : `, edited at ${edit.at} (${edit.reason})`);

function sayLimit({ plan, limit, value, catalogue_value, is_in_catalogue, version, edit }: ReturnType<typeof presentPlanLimit>): string {
  const file = is_in_catalogue ? `the catalogue says ${catalogue_value ?? "unlimited"}` : "the catalogue has the plan no more";
  return `${plan}  ${limit}  ${value ?? "unlimited"}  version ${version}; ${file}${sayEdit(edit)}`;
}

function sayPlan({ plan, display_name, public: isPublic, order, version, edit, prices }: ReturnType<typeof presentPlanBilling>): string {
  const costs = prices.map(({ text, interval, per_seat }) => `, ${text} a ${interval}${per_seat ? " and seat" : ""}`);
  return `${plan}  ${display_name}, ${isPublic ? "public" : "not public"}, place ${order}${costs.join("")}  version ${version}${sayEdit(edit)}`;
}

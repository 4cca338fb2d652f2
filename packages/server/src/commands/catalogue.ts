import { type EffectSum, whyNotCatalogue } from "@gatehouse/core";
import { countSeats } from "../access/facts.store.ts";
import { applyCatalogue, surveyCatalogue } from "../billing/catalogue-at-stripe.ts";
import type { CatalogueChange } from "../billing/plan-catalogue.ts";
import { UserError } from "../cli-error.ts";
import { type FormerCatalogue, findFormer, listFormer, surveyEffects } from "../journeys/survey-effects.ts";
import { audit } from "../platform/audit.store.ts";
import { Refusal } from "../platform/refuse.ts";
import { JOB_SECONDS } from "../platform/stripe.ts";
import { policyOf } from "../server.ts";
import type { Command, CommandContext, CommandResult, OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { openProgress, type Progress } from "./progress.ts";
import { instantOption } from "./read-options.ts";
import { comparisonAsData, effectAsData, sayComparison, sayEffects } from "./say-effects.ts";

/** Of each sum; and as many again of those that stand above a limit. */
const NAMED_MAX = 10;
/** Former catalogues that are offered for --since. */
const FORMER_MAX = 5;
const ALL = { type: "boolean", description: `names every account, not the first ${NAMED_MAX}` } as const;
const namedMax = (options: OptionValues): number => (options["all"] === true ? Number.POSITIVE_INFINITY : NAMED_MAX);

export const cataloguePlan: Command = {
  name: "catalogue plan",
  summary: "Show how the database and Stripe differ from the plan catalogue, and what that does to each account",
  details:
    "Changes nothing. Plans, flags, limits and prices are written in the app's catalogue file; products and prices are found at Stripe by\ntheir ids and lookup keys. Without STRIPE_SECRET_KEY only the database is looked at. Where flags or limits differ, every account that\nlives is looked at: who gains or loses what, and who uses more than a lowered limit. Run it with the new version before it is migrated\nor served: what is stored of flags and limits is the file's as soon as that has run. With --since the file is compared with the catalogue\nthat was in force at that instant, also after it; accounts are taken as they are now.",
  positionals: [],
  options: {
    all: ALL,
    since: { type: "string", description: "tells accounts' gains and losses since then: an instant in the past, with its zone" },
  },
  examples: [
    "gatehouse catalogue plan",
    "gatehouse catalogue plan --all",
    "gatehouse catalogue plan --since 2026-03-01T00:00:00Z",
    "gatehouse catalogue plan --json",
  ],
  run: (context, _positionals, options) => {
    const since = instantOption(options, "since");
    return withCatalogue(context, async (parts) => {
      const former = since === null ? null : await requireFormer(parts, since);
      const changes = await surveyCatalogue(parts, JOB_SECONDS).catch((error: unknown) => inPlainWords(parts, error));
      const effects = await survey(context, parts, former, namedMax(options));
      const others = former === null ? await listFormer(partsOf(context, parts), FORMER_MAX) : [];
      const text = [
        ...section("The database", "database", changes),
        ...(parts.stripe.configured ? section(`Stripe (${modeOf(parts)} mode)`, "stripe", changes) : [NOT_CONFIGURED]),
        ...sayComparison(former, effects, others),
        ...(changes.length === 0 ? [] : ["", "gatehouse catalogue apply makes these changes."]),
      ];
      return {
        text: text.join("\n"),
        data: {
          stripe: modeOf(parts),
          changes: changes.map(asData),
          effects: effects?.map(effectAsData) ?? null,
          ...comparisonAsData(former, others),
        },
      };
    });
  },
};

async function requireFormer(parts: ToolParts, since: Date): Promise<FormerCatalogue> {
  if (since > parts.clock.now()) throw new UserError("--since must be in the past.");
  const found = await findFormer(parts, since);
  if (found === null) throw new UserError(`No catalogue is kept of ${since.toISOString()}: each server keeps its own when it starts.`);
  return found;
}

function survey(
  context: CommandContext,
  parts: ToolParts,
  former: FormerCatalogue | null,
  names: number,
): Promise<readonly EffectSum[] | null> {
  let progress: Progress | null = null;
  return surveyEffects(partsOf(context, parts), former?.terms ?? null, names, (done, total) => {
    progress ??= openProgress(context, "accounts", total);
    progress.at(done);
    if (done >= total) progress.end();
  });
}

function partsOf({ product }: CommandContext, parts: ToolParts) {
  return {
    ...parts,
    policy: policyOf(parts.config, parts.catalogue),
    liveCounts: { seats: countSeats(parts.clock.now), ...product.liveCounts },
  };
}

export const catalogueApply: Command = {
  name: "catalogue apply",
  summary: "Make the database and Stripe as the plan catalogue says",
  details:
    "Safe to run again, and from many places at once; a run that broke off is completed by the next. A changed amount becomes a new\nprice: new customers pay it, and who has subscribed keeps the price they have. Prices that are no longer sold are archived.\nWhat operators edited of plans is undone: gatehouse catalogue plan shows it before. Who gains or loses what is told first, by both.",
  positionals: [],
  options: { all: ALL },
  examples: ["gatehouse catalogue apply", "STRIPE_SECRET_KEY=sk_live_... gatehouse catalogue apply --json"],
  run: (context, _positionals, options) =>
    withCatalogue(context, async (parts) => {
      const effects = await survey(context, parts, null, namedMax(options));
      // Before anything is changed: whoever reads it can still break off.
      if (effects !== null && options["json"] !== true) context.print([...sayEffects(effects).slice(1), ""].join("\n"));
      const made: CatalogueChange[] = [];
      try {
        await applyCatalogue(parts, JOB_SECONDS, (change) => made.push(change)).catch((error: unknown) => inPlainWords(parts, error));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError([...made.map((change) => `Done: ${say(change)}`), error.message].join("\n"));
      } finally {
        await record(parts, made);
      }
      const text = made.length === 0 ? ["Nothing to do."] : made.map((change) => `Done: ${say(change)}`);
      return {
        text: [...text, ...(parts.stripe.configured ? [] : [NOT_CONFIGURED])].join("\n"),
        data: { stripe: modeOf(parts), changes: made.map(asData), effects: effects?.map(effectAsData) ?? null },
      };
    }),
};

const NOT_CONFIGURED = "Stripe: not configured (STRIPE_SECRET_KEY), so prices were not looked at.";

function withCatalogue(context: CommandContext, work: (parts: ToolParts) => Promise<CommandResult>): Promise<CommandResult> {
  const problems = whyNotCatalogue(context.product.catalogue);
  if (problems.length > 0) throw new UserError(`The plan catalogue is not right:\n${problems.map((one) => `  ${one}`).join("\n")}`);
  return withParts(context, work, { stripe: true });
}

const modeOf = ({ stripe }: ToolParts): "test" | "live" | null => (stripe.configured ? (stripe.livemode ? "live" : "test") : null);

function section(title: string, at: CatalogueChange["at"], changes: readonly CatalogueChange[]): string[] {
  const here = changes.filter((change) => change.at === at);
  return here.length === 0 ? [`${title}: as the catalogue says.`] : [`${title}:`, ...here.map((change) => `  ${say(change)}`)];
}

const say = ({ what, why }: CatalogueChange): string => `${what} (${why})`;
const asData = ({ at, kind, what, why }: CatalogueChange) => ({ at, kind, what, why });

/** @throws UserError with what Stripe said, where it was Stripe that refused */
function inPlainWords({ config }: ToolParts, error: unknown): never {
  if (!(error instanceof Refusal) || !error.code.startsWith("billing_")) throw error;
  const said = error.cause instanceof Error ? error.cause.message : error.code;
  const again = config.sandbox ? "start the server, for it plays Stripe in the sandbox, and run it again" : "run it again";
  const advice = error.code === "billing_unavailable" ? ` Nothing is lost: ${again}.` : "";
  throw new UserError(`Stripe did not do as asked: ${said}${/[.!?]$/.test(said) ? "" : "."}${advice}`);
}

/** What money is asked for is worth a line, whoever changed it. */
async function record(parts: ToolParts, made: readonly CatalogueChange[]): Promise<void> {
  if (made.length === 0) return;
  await parts.db.asSystem("the catalogue belongs to no account", (tx) =>
    audit(parts, tx, {
      accountId: null,
      actorUserId: null,
      action: "catalogue.applied",
      targetId: modeOf(parts),
      details: { changes: made.map((change) => change.what).join("; ") },
      ip: null,
      userAgent: "gatehouse command line",
    }),
  );
}

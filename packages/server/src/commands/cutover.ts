import { type CutoverOffer, type CutoverRun, NO_COUNTS } from "../billing/cutover-runs.store.ts";
import { UserError } from "../cli-error.ts";
import { openCutover, refreshPlans, takeCutoverBatch } from "../journeys/cut-over.ts";
import { holdCutover } from "../journeys/hold-cutover.ts";
import { addVerdicts } from "../journeys/judge-accounts.ts";
import { countPilots, previewCutover } from "../journeys/preview-cutover.ts";
import { COMMAND_LINE, type Command, type CommandContext, type CommandResult, type OptionValues } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { openProgress } from "./progress.ts";
import { countOption, instantOption, reasonOption } from "./read-options.ts";
import { judgedAsData, lookedAt, openJudgedList, runAsData, sayCounts, sayOffer } from "./say-cutover.ts";

/** A batch writes four rows an account, in one statement each; PostgreSQL takes 65,535 parameters of one. */
export const BATCH = { min: 1, max: 5000, otherwise: 1000 };
export const AT_IT = "Another process is at a cutover. It goes on by itself; look again when it has ended.";

export const cutoverCommand: Command = {
  name: "cutover",
  summary: "Give a complimentary plan to every account of the pilot",
  details:
    "Every live account that was made before --created-before is given the plan. Who has a subscription at Stripe, owes a payment or has canceled\nstays as they are, and so does who was given it already. In batches of one short transaction each: Ctrl-C ends after the batch under way,\nand the same words, or --resume, go on from there; also after a crash. Done twice, it gives nobody twice.\nThe reason is read by the account too, in its export and its audit. gatehouse cutover undo takes a run back.",
  positionals: [],
  options: {
    "created-before": { type: "string", description: "the end of the pilot, exclusive: an instant in the past, with its zone" },
    plan: { type: "string", description: "what is given; otherwise the plan of trials" },
    until: { type: "string", description: "the end of what is given, exclusive; otherwise it has none" },
    reason: { type: "string", description: "why, 1 to 500 characters" },
    batch: { type: "string", description: `accounts in one transaction, ${BATCH.min} to ${BATCH.max}; otherwise ${BATCH.otherwise}` },
    resume: { type: "boolean", description: "goes on with the run that is open" },
    "dry-run": { type: "boolean", description: "counts and lists what would become of each account, and changes nothing" },
    all: { type: "boolean", description: "with --dry-run: lists every account, not the first 50 of a kind" },
  },
  examples: [
    "gatehouse cutover --created-before 2026-03-01T00:00:00Z --dry-run",
    'gatehouse cutover --created-before 2026-03-01T00:00:00Z --plan pro --reason "Thank you for the pilot"',
    "gatehouse cutover --created-before 2026-03-01T00:00:00Z --dry-run --json > accounts.jsonl",
    "gatehouse cutover --resume",
  ],
  run(context, _positionals, options) {
    const limit = countOption(options, "batch", BATCH);
    const isDry = options["dry-run"] === true;
    if (options["resume"] === true) {
      if (["created-before", "plan", "until", "reason", "dry-run"].some((name) => options[name] !== undefined))
        throw new UserError("--resume goes on with the run that is open, as it was begun: it takes no other words but --batch.");
      return withParts(context, (parts) => cutOver(context, parts, null, limit));
    }
    return withParts(context, (parts) => {
      const offer = readOffer(parts, options);
      return isDry ? preview(context, parts, offer, limit, options) : cutOver(context, parts, offer, limit);
    });
  },
};

function readOffer(parts: ToolParts, options: OptionValues): CutoverOffer {
  const createdBefore = instantOption(options, "created-before");
  const now = parts.clock.now();
  if (createdBefore === null) throw new UserError("--created-before says where the pilot ends: without it, strangers would be given to.");
  if (createdBefore > now) throw new UserError("--created-before must be in the past: who signs up from now on is no pilot.");
  const plan = options["plan"] ?? parts.catalogue.trialPlan;
  const plans = parts.catalogue.plans.map(({ key }) => key);
  if (typeof plan !== "string" || !plans.includes(plan)) throw new UserError(`There is no plan "${plan}"; there are ${plans.join(", ")}.`);
  const until = instantOption(options, "until");
  if (until !== null && until <= now) throw new UserError("--until must be in the future.");
  return { createdBefore, plan, until, reason: reasonOption(options, `Here before ${createdBefore.toISOString()}`) };
}

async function preview(
  context: CommandContext,
  parts: ToolParts,
  offer: CutoverOffer,
  limit: number,
  options: OptionValues,
): Promise<CommandResult> {
  const list = openJudgedList(options["all"] === true);
  const progress = openProgress(context, "accounts", await countPilots(parts, offer));
  let seen = NO_COUNTS;
  const counts = await previewCutover(parts, offer, limit, (page) => {
    if (options["json"] === true) for (const account of page) context.print(JSON.stringify(judgedAsData(account)));
    else list.add(page);
    seen = addVerdicts(seen, page);
    progress.at(lookedAt(seen));
  });
  progress.end();
  const { createdBefore, plan, until } = offer;
  return {
    text: ["A dry run: nothing was changed.", `${sayOffer(offer)}:`, ...sayCounts(counts), ...list.lines(counts)].join("\n"),
    data: { dry_run: true, created_before: createdBefore.toISOString(), plan, until: until?.toISOString() ?? null, counts },
  };
}

async function cutOver(context: CommandContext, parts: ToolParts, offer: CutoverOffer | null, limit: number): Promise<CommandResult> {
  const result = await holdCutover(parts, async () => {
    const opened = await openCutover(parts, offer, COMMAND_LINE);
    if (opened.kind === "nothing_open") throw new UserError("No cutover is open: there is nothing to go on with.");
    if (opened.kind === "blocked") throw new UserError(blockedBy(opened.run));
    const run = await takeAll(context, parts, opened.run, limit);
    return report(run, opened.kind === "resumed");
  });
  if (result === null) throw new UserError(AT_IT);
  return result;
}

async function takeAll(context: CommandContext, parts: ToolParts, opened: CutoverRun, limit: number): Promise<CutoverRun> {
  const stop = stopAsked(context);
  const progress = openProgress(context, "accounts", await countPilots(parts, opened));
  let run = opened;
  let plannedFor = 0;
  progress.at(lookedAt(run.counts));
  do {
    run = await takeCutoverBatch(parts, run.id, limit, COMMAND_LINE);
    if (run.counts.grant > 2 * plannedFor) {
      await refreshPlans(parts);
      plannedFor = run.counts.grant;
    }
    progress.at(lookedAt(run.counts));
  } while (run.state === "running" && !stop.isAsked());
  progress.end();
  return run;
}

/** Asked between two batches, so that Ctrl-C lets the one under way end. */
export function stopAsked(context: Pick<CommandContext, "untilStopped">): { isAsked(): boolean } {
  let asked = false;
  void context.untilStopped().then(() => {
    asked = true;
  });
  return { isAsked: () => asked };
}

export const blockedBy = (run: CutoverRun): string =>
  run.state === "undoing"
    ? `Run ${run.id} is being taken back. First: gatehouse cutover undo --run ${run.id}`
    : `Run ${run.id} is open, and gives ${sayOffer(run)}. First: gatehouse cutover --resume, or gatehouse cutover undo --run ${run.id}`;

function report(run: CutoverRun, wasOpen: boolean): CommandResult {
  const isDone = run.state !== "running";
  const text = [
    ...(wasOpen ? [`Gone on with the run that began at ${run.startedAt.toISOString()}.`] : []),
    `${isDone ? "Done" : "Stopped"}: run ${run.id}, ${sayOffer(run)}.`,
    ...sayCounts(run.counts),
    isDone ? `The way back: gatehouse cutover undo --run ${run.id}` : "Go on with: gatehouse cutover --resume",
  ];
  return { text: text.join("\n"), data: { run: runAsData(run), was_open: wasOpen }, ...(isDone ? {} : { failed: true }) };
}

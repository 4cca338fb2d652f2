import { type CutoverRun, listCutovers } from "../billing/cutover-runs.store.ts";
import { UserError } from "../cli-error.ts";
import { holdCutover } from "../journeys/hold-cutover.ts";
import { openUndo, takeUndoBatch } from "../journeys/undo-cutover.ts";
import { COMMAND_LINE, type Command, type CommandContext, type CommandResult } from "./context.ts";
import { AT_IT, BATCH, blockedBy, stopAsked } from "./cutover.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { openProgress } from "./progress.ts";
import { countOption, reasonOption } from "./read-options.ts";
import { runAsData, sayOffer } from "./say-cutover.ts";

export const cutoverUndo: Command = {
  name: "cutover undo",
  summary: "End the grants that a cutover gave",
  details:
    "Ends what the run gave and what still runs, in batches; what operators gave, and what was paid for since, stays. May be broken off anywhere\nand run again. After it a cutover may give anew.",
  positionals: [],
  options: {
    run: { type: "string", description: "the run's id, as the cutover printed it" },
    reason: { type: "string", description: "why, 1 to 500 characters" },
    batch: { type: "string", description: `accounts in one transaction, ${BATCH.min} to ${BATCH.max}; otherwise ${BATCH.otherwise}` },
  },
  examples: ["gatehouse cutover undo --run 01993c5e-0f5b-7000-8000-3d2f1c9b8a70"],
  run(context, _positionals, options) {
    const limit = countOption(options, "batch", BATCH);
    const reason = reasonOption(options, "The cutover is taken back");
    const runId = options["run"];
    return withParts(context, async (parts) => {
      if (typeof runId !== "string" || !UUID.test(runId)) throw new UserError(`--run is the id of a run. ${await sayRuns(parts)}`);
      const result = await holdCutover(parts, () => undo(context, parts, runId, limit, reason));
      if (result === null) throw new UserError(AT_IT);
      return result;
    });
  },
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function undo(context: CommandContext, parts: ToolParts, runId: string, limit: number, reason: string): Promise<CommandResult> {
  const opened = await openUndo(parts, runId, COMMAND_LINE);
  if (opened.kind === "not_found") throw new UserError(`There is no run ${runId}. ${await sayRuns(parts)}`);
  if (opened.kind === "blocked") throw new UserError(blockedBy(opened.run));
  const run = await takeAll(context, parts, opened.run, limit, reason);
  const isDone = run.state === "undone";
  const ended = run.ended.toLocaleString("en");
  return {
    text: isDone
      ? `Run ${run.id} is taken back: ${ended} of ${run.counts.grant.toLocaleString("en")} grants were running, and ended.`
      : `Stopped: ${ended} grants of run ${run.id} ended. The same words go on.`,
    data: { run: runAsData(run) },
    ...(isDone ? {} : { failed: true }),
  };
}

async function takeAll(context: CommandContext, parts: ToolParts, opened: CutoverRun, limit: number, reason: string): Promise<CutoverRun> {
  if (opened.state === "undone") return opened;
  const stop = stopAsked(context);
  const progress = openProgress(context, "grants", opened.counts.grant);
  let at: { run: CutoverRun; after: string | null } = { run: opened, after: null };
  do {
    at = await takeUndoBatch(parts, at.run.id, at.after, limit, { reason, userAgent: COMMAND_LINE });
    progress.at(at.run.ended);
  } while (at.run.state === "undoing" && !stop.isAsked());
  progress.end();
  return at.run;
}

const RUNS_MAX = 10;
async function sayRuns(parts: ToolParts): Promise<string> {
  const runs = await parts.db.asSystem("a cutover is of all accounts", (tx) => listCutovers(tx, RUNS_MAX));
  if (runs.length === 0) return "There was no cutover yet.";
  return ["The last ones:", ...runs.map((run) => `  ${run.id}  ${run.state}  ${sayOffer(run)}`)].join("\n");
}

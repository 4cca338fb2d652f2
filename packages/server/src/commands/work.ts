import { adminWork } from "@gatehouse/contract";
import { listEvents, presentEvent, presentWholeEvent } from "../admin/list-events.ts";
import { presentJob } from "../admin/present-job.ts";
import { retryJob } from "../admin/retry-job.ts";
import { readEvent } from "../billing/event-list.store.ts";
import { UserError } from "../cli-error.ts";
import { JOB_STATES, listJobs } from "../platform/jobs-desk.store.ts";
import { refuse } from "../platform/refuse.ts";
import { billingReplay, EVENT_ID } from "./billing-replay.ts";
import { AT_COMMAND_LINE, type Command } from "./context.ts";
import { withParts } from "./open-parts.ts";
import { plainRefusals } from "./plain-refusals.ts";
import { countOption, reasonOption } from "./read-options.ts";

const SHOWN_MAX = 100;
const limit = { type: "string", description: `how many at most, 1 to ${SHOWN_MAX}; default 25` } as const;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const OUTCOMES = adminWork.listEvents.query.shape.outcome.unwrap().options;
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

export const eventsList: Command = {
  name: "events list",
  summary: "Show events of Stripe and what became of them, the newest first",
  positionals: [],
  options: {
    outcome: { type: "string", description: `only those that are ${OUTCOMES.join(", ")}` },
    type: { type: "string", description: "only this type, such as invoice.paid" },
    account: { type: "string", description: "only those of this account, by its id" },
    limit,
  },
  examples: ["gatehouse events list --outcome failed", "gatehouse events list --type invoice.paid --limit 5 --json"],
  run: (context, _positionals, options) => {
    const accountId = text(options["account"]);
    if (accountId !== null && !ID.test(accountId)) throw new UserError(`${JSON.stringify(accountId)} is no id of an account.`);
    const outcome = OUTCOMES.find((known) => known === options["outcome"]) ?? null;
    if (outcome === null && options["outcome"] !== undefined)
      throw new UserError(`--outcome is one of ${OUTCOMES.join(", ")}, not ${JSON.stringify(options["outcome"])}.`);
    const choice = {
      outcome,
      type: text(options["type"]),
      accountId,
      cursor: undefined,
      limit: countOption(options, "limit", { min: 1, max: SHOWN_MAX, otherwise: 25 }),
    };
    return withParts(context, async (parts) => {
      const { items, nextCursor } = await parts.db.asSystem("the ledger is no account's", (tx) => listEvents(tx, choice));
      const lines = items.map(({ id, type, outcome, createdAt, reason }) =>
        [createdAt.toISOString(), outcome.padEnd(11), type, id, ...(reason === null ? [] : [`(${reason})`])].join("  "),
      );
      const more = nextCursor === null ? [] : ["There are more: say more of what you look for, or take a larger --limit."];
      return {
        text: lines.length + more.length === 0 ? "There is no such event." : [...lines, ...more].join("\n"),
        data: { items: items.map(presentEvent), has_more: nextCursor !== null },
      };
    });
  },
};

export const eventsShow: Command = {
  name: "events show",
  summary: "Show an event of Stripe with its payload, as it came",
  positionals: ["EVENT_ID"],
  options: {},
  examples: ["gatehouse events show evt_1RzY2uEXAMPLE", "gatehouse events show evt_1RzY2uEXAMPLE --json"],
  run: (context, [id = ""]) => {
    if (!EVENT_ID.test(id)) throw new UserError(`${JSON.stringify(id)} is no id of an event.`);
    return withParts(context, (parts) =>
      plainRefusals(async () => {
        const event = (await parts.db.asSystem("the ledger is no account's", (tx) => readEvent(tx, id))) ?? refuse("event_not_found");
        const shown = presentWholeEvent(event);
        const { payload, ...about } = shown;
        const lines = Object.entries(about).map(([name, value]) => `${name.replaceAll("_", " ")}  ${value ?? "none"}`);
        const body = payload === null ? "The payload went when its account was erased." : forTerminal(JSON.stringify(payload, null, 2));
        return { text: [...lines, "", body].join("\n"), data: shown };
      }),
    );
  },
};

export const eventsReplay: Command = {
  ...billingReplay,
  name: "events replay",
  examples: ["gatehouse events replay evt_1RzY2uEXAMPLE", "gatehouse events replay evt_1RzY2uEXAMPLE --reason 'ticket 17'"],
};

export const jobsList: Command = {
  name: "jobs list",
  summary: "Show jobs that were given up, or are in another state, the newest first",
  positionals: [],
  options: { state: { type: "string", description: `one of ${JOB_STATES.join(", ")}; default failed` }, limit },
  examples: ["gatehouse jobs list", "gatehouse jobs list --state retry --json"],
  run: (context, _positionals, options) => {
    const state = JOB_STATES.find((known) => known === (options["state"] ?? "failed"));
    if (!state) throw new UserError(`--state is one of ${JOB_STATES.join(", ")}.`);
    const most = countOption(options, "limit", { min: 1, max: SHOWN_MAX, otherwise: 25 });
    return withParts(context, async (parts) => {
      const jobs = await parts.db.asSystem("jobs are no account's", (tx) => listJobs(tx, state, null, most + 1));
      const shown = jobs.slice(0, most);
      const lines = shown.map(({ id, name, tries, error }) => `${id}  ${name}  ${tries} tries${error === null ? "" : `  ${error}`}`);
      return {
        text: shown.length === 0 ? `No job is ${state}.` : [...lines, ...(jobs.length > most ? ["There are more."] : [])].join("\n"),
        data: { items: shown.map(presentJob), has_more: jobs.length > most },
      };
    });
  },
};

export const jobsRetry: Command = {
  name: "jobs retry",
  summary: "Have a job that was given up tried once more",
  positionals: ["JOB"],
  options: { reason: { type: "string", description: "Why, for the audit; required" } },
  examples: ["gatehouse jobs retry 01890000-0000-4000-8000-000000000000 --reason 'the mail server is back'"],
  run: (context, [id = ""], options) => {
    if (!ID.test(id)) throw new UserError(`${JSON.stringify(id)} is no id of a job.`);
    const act = { userId: null, origin: AT_COMMAND_LINE, reason: reasonOption(options, "") };
    return withParts(context, (parts) =>
      plainRefusals(async () => {
        await parts.jobs.start();
        const job = await parts.db.asSystem("jobs are no account's", (tx) => retryJob(parts, tx, act, id));
        return { text: `${job.name} will be tried again.`, data: presentJob(job) };
      }),
    );
  },
};

/** JSON escapes what is below the space; a terminal obeys these too, and strangers typed what stands in a payload. */
const forTerminal = (json: string): string =>
  json.replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

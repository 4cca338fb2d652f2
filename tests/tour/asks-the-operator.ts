import { access } from "@gatehouse/contract";
import type { CommandLine } from "./at-the-command-line.ts";
import type { Customer, Tour } from "./cast.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { addDays, TRIAL_DAYS } from "./sign-up.ts";
import { sayInstant } from "./words.ts";

/** Of a long answer, the beginning. */
const LINES = 9;
const REASON = ["--reason", "their import failed, ticket 17"] as const;

/**
 * "Why was I locked out?", and what an operator can do: at the command line, where everything is that the operators' routes are. What is
 * given is taken back, so that her trial stays over.
 * @param commands null: the sandbox keeps its data elsewhere
 */
export async function asksTheOperator(tour: Tour, ada: Customer, commands: CommandLine | null): Promise<void> {
  tour.chapter(`${ada.name} asks why she was locked out`);
  if (commands === null || (await commands.run(["account", "search", ada.email])).every((line) => !line.includes(ada.email))) {
    await tour.step("The sandbox keeps its data elsewhere: no command is run here", async (say) => say("Set GATEHOUSE_HOME to its folder"));
    return;
  }
  await explains(tour, ada, commands);
  await setsALimit(tour, ada, commands);
  await looksAhead(tour, commands);
}

async function explains(tour: Tour, ada: Customer, { run }: CommandLine): Promise<void> {
  await tour.step("gatehouse access explain: the answer to why, and what ends it", async (say) => {
    const lines = await run(["access", "explain", ada.email]);
    holds("the answer", lines, "trial_ended");
    say(...lines.slice(0, LINES));
  });
  await tour.step("And of a day before, as it was recorded then", async (say) => {
    const at = addDays(ada.registeredAt, TRIAL_DAYS - 1);
    const lines = await run(["access", "explain", ada.email, "--at", at.toISOString()]);
    const told: { as_recorded: { access: { mode: string } } } = JSON.parse(
      (await run(["access", "explain", ada.email, "--at", at.toISOString(), "--json"])).join("\n"),
    );
    mustBe("the access on day 13", "full", told.as_recorded.access.mode);
    say(`At ${sayInstant(at)}:`, ...lines.slice(0, LINES));
  });
}

async function setsALimit(tour: Tour, ada: Customer, { run }: CommandLine): Promise<void> {
  const trees = async () => mustExist("limits.max_trees", (await ada.laptop.call(access.billingState, {})).limits["max_trees"]).limit;
  await tour.step("An operator gives her 40 trees, with a reason; her state shows it at once", async (say) => {
    const before = await trees();
    const set = await run(["account", "set-limit", ada.email, "max_trees", "40", ...REASON]);
    mustBe("limits.max_trees.limit", 40, await trees());
    const again = await run(["account", "set-limit", ada.email, "max_trees", "50", ...REASON], 1);
    const version = mustExist("the version that was read", /version (\d+)/.exec(again.join(" "))?.[1]);
    const unset = await run(["account", "unset-limit", ada.email, "max_trees", "--version", version, ...REASON]);
    mustBe("limits.max_trees.limit", before, await trees());
    say(...set, "Another one who sets it, and has not seen that:", ...again, ...unset);
  });
  await tour.step("What exists is named to whoever misspells it", async (say) =>
    say(...(await run(["account", "set-limit", ada.email, "max_trousers", "40", ...REASON], 1))),
  );
}

async function looksAhead(tour: Tour, { run }: CommandLine): Promise<void> {
  await tour.step("gatehouse cutover --dry-run: what would become of each account of the pilot; nothing is changed", async (say) => {
    const before = (await tour.site.clock()).now.toISOString();
    say(...(await run(["cutover", "--created-before", before, "--dry-run"])).slice(0, LINES));
  });
  await tour.step("gatehouse access rehearse: who would be refused, how many of them pay, and from which day", async (say) =>
    say(...(await run(["access", "rehearse"])).slice(0, LINES)),
  );
}

function holds(what: string, lines: readonly string[], word: string): void {
  mustHold(
    what,
    word,
    lines.join(" "),
    lines.some((line) => line.includes(word)),
  );
}

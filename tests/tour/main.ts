/** `npm run tour`: the life of a customer, over HTTP, told step by step. Exits 0 when every step is as it must be. */
import { parseArgs } from "node:util";
import { asksTheOperator } from "./asks-the-operator.ts";
import { type CommandLine, openCommandLine, usualHome } from "./at-the-command-line.ts";
import { knockAtTheDoor } from "./at-the-door.ts";
import { becomesCustomer } from "./becomes-a-customer.ts";
import { buildsTeam } from "./builds-a-team.ts";
import { castFor } from "./cast.ts";
import { comesWithGoogle } from "./comes-with-google.ts";
import { isSandboxAt, usualPlace } from "./find-sandbox.ts";
import { goesForGood } from "./goes-for-good.ts";
import { forPeople, forPrograms, type Narrator, TourStopped } from "./narrator.ts";
import { neverVerifies } from "./never-verifies.ts";
import { type OwnSandbox, startOwnSandbox, unconfigured } from "./own-sandbox.ts";
import { losePasswordAndToken } from "./passwords-and-thieves.ts";
import { leavesAndComesBack, paymentFails } from "./payment-fails.ts";
import { seePlansAndLimits } from "./plans-and-limits.ts";
import { useSecondDevice } from "./second-device.ts";
import { signUp } from "./sign-up.ts";
import { openSite } from "./site.ts";
import { trialEnds } from "./trial-ends.ts";
import { useTrees } from "./troubleshooting-trees.ts";
import { verifyAddress } from "./verify-address.ts";

const HELP = `npm run tour [-- --json] [-- --help]

Lives the life of a customer over HTTP and tells each step: sign-up, mail, verification, the product, the end of the grace and of the
trial, what an operator answers and does, plans and limits, sales and the waitlist, devices, Google and Microsoft, a team with invites, roles and a new owner, passwords, bad
input, and the paid life: checkout, renewal, a card that fails, grace, lock, a mended card, leaving, coming back, and going for good. It
stops at the first step that is not as it must be, and says what was expected and what came.

It tours the sandbox at BASE_URL, or at PORT (default 4000) of this machine: one that npm start has started. Where there is none it starts
its own, on a free port and in a folder of its own, and leaves nothing behind.

  --json   one JSON object a step, each on its own line, and one at the end: {ok, steps, seconds}
  --help   this

It can be run again and again in one sandbox, one tour at a time: each run takes new addresses and moves the clock by some three months, which ends
every rate limit. A run that stops before the clock has moved counts 6 of the 100 registrations that one source has in an hour, by the
sandbox's clock: sixteen such runs in that hour.

Exit codes: 0 all as it must be, 1 it is not, 2 it was called wrongly, 130 it was interrupted.`;

const INTERRUPTED = 130;
let own: OwnSandbox | null = null;
stopWhenAsked();
process.exitCode = await main(process.argv.slice(2));
process.channel?.unref();

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === "string") {
    console.error(`${options}\nSee npm run tour -- --help`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const narrator = options.json ? forPrograms(console.log) : forPeople(console.log);
  const place = usualPlace(process.env);
  const isThere = await isSandboxAt(place);
  const home = usualHome(process.env);
  const commands = home === null ? null : openCommandLine(home, place, unconfigured());
  if (isThere) return tell(narrator, { baseUrl: place, commands });
  narrator.begin(`No sandbox answers at ${place}: starting one for this tour`);
  return tourOwnSandbox(narrator);
}

function readOptions(args: string[]): { json: boolean; help: boolean } | string {
  try {
    const { values } = parseArgs({ args, options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
    return { json: values.json ?? false, help: values.help ?? false };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function tourOwnSandbox(narrator: Narrator): Promise<number> {
  const sandbox = await startOwnSandbox();
  own = sandbox;
  let code = 1;
  try {
    await sandbox.ready();
    code = await tell(narrator, { baseUrl: sandbox.baseUrl, commands: openCommandLine(sandbox.home, sandbox.baseUrl, unconfigured()) });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  const { wrong, output } = await sandbox.stop();
  if (code === 0 && wrong === null) return 0;
  if (wrong !== null) console.error(wrong);
  console.error(`\nWhat the sandbox wrote:\n${output.trimEnd()}`);
  return 1;
}

/** What is toured, and the commands beside it. */
interface Place {
  readonly baseUrl: string;
  readonly commands: CommandLine | null;
}

async function tell(narrator: Narrator, place: Place): Promise<number> {
  narrator.begin(`A tour of the sandbox at ${place.baseUrl}`);
  try {
    await liveThrough(narrator, place);
  } catch (error) {
    if (!(error instanceof TourStopped)) throw error;
    narrator.end(false);
    return 1;
  }
  narrator.end(true);
  return 0;
}

async function liveThrough(narrator: Narrator, { baseUrl, commands }: Place): Promise<void> {
  const site = openSite(baseUrl);
  const tour = { site, chapter: narrator.chapter, step: narrator.step };
  const cast = castFor(site, (await site.clock()).now, process.pid);
  const { ada, firstMail } = await signUp(tour, cast.ada);
  const tree = await useTrees(tour, ada);
  await verifyAddress(tour, ada, firstMail);
  await seePlansAndLimits(tour, ada, tree, cast);
  await useSecondDevice(tour, ada);
  await comesWithGoogle(tour, cast);
  await buildsTeam(tour, cast);
  await knockAtTheDoor(tour, ada, cast);
  await neverVerifies(tour, cast.grace, ada, tree);
  await trialEnds(tour, ada, tree);
  await asksTheOperator(tour, ada, commands);
  await losePasswordAndToken(tour, ada, cast.nobody);
  const mary = await becomesCustomer(tour, cast.mary);
  await paymentFails(tour, mary);
  await leavesAndComesBack(tour, mary);
  await goesForGood(tour, mary);
}

/** Ctrl-C, a SIGTERM, a closed pipe and the launcher's death end the tour and the sandbox that it started. */
function stopWhenAsked(): void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    await own?.stop();
    process.exit(INTERRUPTED);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
  process.on("disconnect", () => void stop());
  // Whoever read along has gone: `npm run tour | head`.
  process.stdout.on("error", () => void stop());
}

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Figure, isMet } from "./figure.ts";
import { billingState } from "./figures/billing-state.ts";
import { coldStart } from "./figures/cold-start.ts";
import { converging } from "./figures/converging.ts";
import { cutover } from "./figures/cutover.ts";
import { flags } from "./figures/flags.ts";
import { loginTiming } from "./figures/login-timing.ts";
import { memory } from "./figures/memory.ts";
import { removal } from "./figures/removal.ts";
import { requests } from "./figures/requests.ts";
import { search } from "./figures/search.ts";
import { signIn } from "./figures/sign-in.ts";
import { webhooks } from "./figures/webhooks.ts";
import { type Lab, openLab } from "./lab.ts";
import { loadAverage, type Measurement } from "./method.ts";
import { table } from "./table.ts";

const MEASUREMENTS: readonly Measurement[] = [
  signIn,
  requests,
  billingState,
  memory,
  coldStart,
  loginTiming,
  webhooks,
  converging,
  removal,
  flags,
  cutover,
  search,
];
const HELP = `npm run bench -- [--quick] [--only name[,name]] [--accounts N] [--json]

Measures the server beside a limit that is taken in the same run; bench/README.md tells how.

${MEASUREMENTS.map(({ name, what }) => `  ${name.padEnd(14)} ${what}`).join("\n")}

  --quick         fewer and shorter rounds, and fewer accounts
  --only names    some of the above, separated by commas
  --accounts N    as many in billing-state, cutover and search, 1000 to 2000000; a million is planted in minutes and takes some 5 GB
  --json          prints for machines
Exit codes: 0 measured (whether or not the aims are met), 1 it could not be measured, 2 the words are wrong.`;

process.exitCode = await main(process.argv.slice(2));
// The channel to the launcher would keep this process alive.
process.channel?.unref();

async function main(argv: readonly string[]): Promise<0 | 1 | 2> {
  let words: ReturnType<typeof read>;
  try {
    words = read(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (words.help) {
    console.log(HELP);
    return 0;
  }
  const say = words.json ? console.error : console.log;
  const opening = openLab((line) => say(line));
  const closed = closeWhenAsked(opening);
  const lab = await opening;
  try {
    // It was asked to end while the lab was being set up.
    if (closed()) return 1;
    const loads: Record<string, number> = {};
    const figures: Figure[] = [];
    for (const measurement of words.chosen) {
      say(`${measurement.name}: ${measurement.what} ...`);
      figures.push(...(await measurement.measure(lab, { isQuick: words.quick, accounts: words.accounts })));
      loads[measurement.name] = loadAverage();
    }
    print(figures, loads, words.json);
    return 0;
  } catch (error) {
    // A lab that was closed under a measurement fails it; that is no news.
    if (!closed()) console.error(error);
    return 1;
  } finally {
    await lab.close();
  }
}

function read(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean" },
      only: { type: "string" },
      accounts: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const accounts = values.accounts === undefined ? null : Number(values.accounts);
  if (accounts !== null && !(Number.isInteger(accounts) && accounts >= 1000 && accounts <= 2_000_000))
    throw new Error(`--accounts is a whole number from 1000 to 2000000, not "${values.accounts}".`);
  const names = values.only?.split(",") ?? MEASUREMENTS.map(({ name }) => name);
  const chosen = names.map((name) => {
    const found = MEASUREMENTS.find((measurement) => measurement.name === name);
    if (!found) throw new Error(`There is no figure "${name}".`);
    return found;
  });
  return { chosen, accounts, quick: values.quick ?? false, json: values.json ?? false, help: values.help ?? false };
}

/** Ctrl-C, or the launcher's death: whatever is measured is given up, and nothing stays behind. */
function closeWhenAsked(opening: Promise<Lab>): () => boolean {
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    opening.then(
      (lab) => lab.close(),
      () => undefined,
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, close);
  process.on("disconnect", close);
  return () => isClosed;
}

function print(figures: readonly Figure[], loads: Readonly<Record<string, number>>, asJson: boolean): void {
  const machine = { cores: cpus().length, processor: cpus()[0]?.model ?? "unknown", node: process.version };
  if (asJson) {
    const told = figures.map((figure) => ({ ...figure, met: isMet(figure) }));
    console.log(JSON.stringify({ machine, load_average: loads, figures: told }, null, 2));
    return;
  }
  const missed = figures.filter((figure) => isMet(figure) === false);
  console.log(
    [
      "",
      table(figures),
      "",
      `${machine.cores} cores (${machine.processor}), Node ${machine.node}, durable PostgreSQL and the load on the same machine.`,
      `Load average after each: ${Object.entries(loads)
        .map(([name, load]) => `${name} ${load}`)
        .join(", ")}.`,
      missed.length === 0 ? "Every aim is met." : `Not met: ${missed.map(({ name }) => name).join("; ")}.`,
    ].join("\n"),
  );
}

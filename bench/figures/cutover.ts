import { spawn } from "node:child_process";
import type { Figure } from "../figure.ts";
import type { BenchDatabase, Lab } from "../lab.ts";
import type { Measurement } from "../method.ts";
import { requestText } from "../processes/load.ts";
import { PRODUCT_ENTRY, ROOT, SECRET } from "../processes/server-process.ts";
import { quantile, spreadOf } from "../statistics.ts";

const CALLERS = 1000;
const CONNECTIONS = 8;
const LOOK_EVERY_MILLISECONDS = 20;
/** A request that waits for a batch is no worse than a slow one. */
const AIM_MILLISECONDS = 500;

/** What it costs to give to every account while its people go on, and for how long anybody might have to wait. */
export const cutover: Measurement = {
  name: "cutover",
  what: "gatehouse cutover of 100,000 accounts (or --accounts), while GET /me goes on",
  async measure(lab, { isQuick, accounts: asked }) {
    const accounts = asked ?? (isQuick ? 20_000 : 100_000);
    const database = await lab.database(accounts);
    const server = await lab.serve(database);
    const tokens = await database.population.tokens(CALLERS);
    const requests = tokens.map((token) => requestText("GET", "/api/v1/me", { token }));
    const load = { port: server.port, connections: CONNECTIONS, requests, warmUpMilliseconds: 500, milliseconds: isQuick ? 1000 : 3000 };
    const quiet = await lab.load.run(load, 200);
    const watch = watchTransactions(database);
    const busy: Awaited<ReturnType<Lab["load"]["run"]>>[] = [];
    const begun = performance.now();
    const command = cutOver(lab, database);
    do {
      const run = await lab.load.run(load, 200);
      // One that outlasts the command has seen the quiet after it.
      if (!command.hasEnded() || busy.length === 0) busy.push(run);
    } while (!command.hasEnded());
    const seconds = ((await command.ended) - begun) / 1000;
    const longest = await watch.stop();
    await server.stop();
    const [left] = await database.query<{ accounts: number }>(
      "select count(*)::int as accounts from accounts a where not exists (select 1 from complimentary_grants g where g.account_id = a.id)",
    );
    if (left?.accounts !== 0) throw new Error(`${left?.accounts} accounts were not given to`);
    const line = (name: string, unit: string, value: readonly number[], limit: Figure["limit"]): Figure => ({
      ...{ name, unit, limit, value: spreadOf(value), aim: null },
      ratio: spreadOf(value.map((one) => one / limit.value.median)),
    });
    const many = accounts.toLocaleString("en");
    const batches = { name: "ms between two looks", value: spreadOf([LOOK_EVERY_MILLISECONDS]) };
    return [
      line(`cutover of ${many} accounts, the start included`, "accounts/s", [accounts / seconds], {
        name: "s in all",
        value: spreadOf([seconds]),
      }),
      {
        ...line("the longest batch, and so the longest lock held", "ms", [quantile(longest, 1)], batches),
        aim: { of: "value", at: "most", bound: AIM_MILLISECONDS },
        note: `as seen every ${LOOK_EVERY_MILLISECONDS} ms from outside; half of the batches are seen at ${quantile(longest, 0.5).toFixed(0)} ms or less`,
      },
      line(
        "GET /me during the cutover",
        "/s",
        busy.map((run) => run.perSecond),
        { name: "/s before", value: spreadOf([quiet.perSecond]) },
      ),
      line(
        "GET /me during the cutover, p99",
        "ms",
        busy.map((run) => run.p99),
        { name: "ms before", value: spreadOf([quiet.p99]) },
      ),
    ];
  },
};

/** Looks again and again how long each transaction that writes has been open: those hold the locks. */
function watchTransactions(database: BenchDatabase): { stop(): Promise<number[]> } {
  const ages = new Map<string, number>();
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      const rows = await database.query<{ id: string; ms: number }>(
        `select backend_xid::text as id, (extract(epoch from clock_timestamp() - xact_start) * 1000)::float as ms from pg_stat_activity
         where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid() and usename <> 'postgres'`,
      );
      for (const { id, ms } of rows) ages.set(id, Math.max(ms, ages.get(id) ?? 0));
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MILLISECONDS));
    }
  };
  const looking = look();
  return {
    async stop() {
      isOver = true;
      await looking;
      return [...ages.values()];
    },
  };
}

/** Runs the command to its end. `ended` rejects with what it wrote when it fails. */
function cutOver(lab: Lab, database: BenchDatabase): { ended: Promise<number>; hasEnded(): boolean } {
  const child = spawn(process.execPath, [ROOT + PRODUCT_ENTRY, "cutover", "--created-before", new Date().toISOString()], {
    env: {
      PATH: process.env["PATH"],
      SANDBOX: "off",
      GATEHOUSE_HOME: lab.home,
      GATEHOUSE_SECRET: SECRET,
      DATABASE_URL: database.serverUrl,
      DATABASE_OWNER_URL: database.adminUrl,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let hasEnded = false;
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data.toString()));
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      hasEnded = true;
      if (code === 0) resolve(performance.now());
      else reject(new Error(`gatehouse cutover: ${said}`));
    });
  });
  // Told of when it is waited for.
  ended.catch(() => undefined);
  return { ended, hasEnded: () => hasEnded };
}

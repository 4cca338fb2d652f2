/** Consumes a limit, or does the least that counting could be: one update by key in a transaction of the account. Both through the server's own database. */
import { DEFAULT_POLICY } from "@gatehouse/core";
import { consumeLimit } from "@gatehouse/server/access/consume-limit";
import { systemClock } from "@gatehouse/server/platform/clock";
import { openDb } from "@gatehouse/server/platform/db";
import { resolutionFlow } from "@resolutionflow/api";
import { sql } from "kysely";
import { z } from "zod";

const CONNECTIONS = 16;
const question = z.object({ how: z.enum(["consume", "update"]), accounts: z.array(z.string()), milliseconds: z.number() });
const db = openDb({ url: process.env["DATABASE_URL"] ?? "", poolMax: CONNECTIONS, onLostConnection: () => undefined });
const app = {
  clock: systemClock(),
  policy: DEFAULT_POLICY,
  catalogue: resolutionFlow.catalogue,
  liveCounts: resolutionFlow.liveCounts,
  config: { baseUrl: "http://127.0.0.1" },
  stripe: { livemode: false },
};
const WORK = {
  consume: (accountId: string) => db.forAccount(accountId, (tx) => consumeLimit(app, tx, accountId, "sessions_per_month")),
  update: (accountId: string) =>
    db.forAccount(accountId, (tx) =>
      tx
        .updateTable("usage_counters")
        .set({ used: sql<number>`used + 1` })
        .where("account_id", "=", accountId)
        .where("limit_key", "=", "bench")
        .execute(),
    ),
};

process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => void db.close().then(() => process.exit()));
process.on("message", (message) => void run(question.parse(message)).then((answer) => process.send?.(answer)));
process.send?.({});

async function run({ how, accounts, milliseconds }: z.infer<typeof question>) {
  const end = performance.now() + milliseconds;
  let count = 0;
  const work = async (start: number): Promise<void> => {
    for (let place = start; performance.now() < end; place += CONNECTIONS) {
      await WORK[how](accounts[place % accounts.length] ?? "");
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => work(index)));
  return { perSecond: (count * 1000) / milliseconds };
}

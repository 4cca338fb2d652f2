import type { Figure } from "../figure.ts";
import type { Lab } from "../lab.ts";
import type { Measurement } from "../method.ts";
import { requestText } from "../processes/load.ts";
import { spreadOf } from "../statistics.ts";

const FEW = 1000;
const MANY = 100_000;
/** What an operator looks for, and how often one page of it is asked for. */
const ASKED = {
  "the newest": "",
  "the beginning of names that everybody has": "query=Team",
  "the beginning of one name": "query=Team%20777",
  "a word that few names have": "query=777",
  "an address": "query=person777%40example.com",
  "a state that everybody has": "state=trialing",
  "a state that nobody has": "state=past_due",
} as const;

/** What a page of accounts costs an operator, and what a state that nobody is in costs, which no index knows. */
export const search: Measurement = {
  name: "search",
  what: "GET /admin/accounts at 1,000 accounts and at 100,000 (or --accounts), one at a time",
  async measure(lab, { isQuick, accounts }) {
    const many = accounts ?? MANY;
    const few = await pages(lab, FEW, isQuick);
    const all = await pages(lab, many, isQuick);
    return Object.keys(ASKED).flatMap((what) => {
      const [at, limit] = [all.get(what), few.get(what)];
      if (!at || !limit) throw new Error(`${what} was not asked for`);
      return (["p50", "p99"] as const).map((quantile): Figure => {
        const name = `GET /admin/accounts, ${what}, at ${many.toLocaleString("en")} accounts, ${quantile}`;
        const value = spreadOf([at[quantile]]);
        return {
          ...{ name, unit: "ms", value, aim: null },
          limit: { name: "ms at 1,000", value: spreadOf([limit[quantile]]) },
          ratio: spreadOf([at[quantile] / limit[quantile]]),
        };
      });
    });
  },
};

async function pages(lab: Lab, accounts: number, isQuick: boolean) {
  const database = await lab.database(accounts);
  const server = await lab.serve(database);
  const token = await database.population.operator();
  const taken = new Map<string, { p50: number; p99: number }>();
  for (const [what, query] of Object.entries(ASKED)) {
    const requests = [requestText("GET", `/api/v1/admin/accounts?${query}`, { token })];
    const load = { port: server.port, connections: 1, requests, warmUpMilliseconds: 500, milliseconds: isQuick ? 1500 : 5000 };
    taken.set(what, await lab.load.run(load, 200));
  }
  await server.stop();
  return taken;
}

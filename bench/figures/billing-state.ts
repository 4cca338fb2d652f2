import type { Figure } from "../figure.ts";
import type { Lab } from "../lab.ts";
import { interleave, type Measurement } from "../method.ts";
import { requestText } from "../processes/load.ts";
import { ratioOf, spreadOf } from "../statistics.ts";

const FEW = 1000;
const MANY = 100_000;
const CALLERS = 1000;
const CONNECTIONS = 8;

/** What a hundred times the accounts cost a request that is answered from PostgreSQL. */
export const billingState: Measurement = {
  name: "billing-state",
  what: "GET /billing/state at 1,000 accounts and at 100,000 (or --accounts), 8 connections",
  async measure(lab, { isQuick, accounts }) {
    const few = await open(lab, FEW, isQuick);
    const many = await open(lab, accounts ?? MANY, isQuick);
    const subject = `GET /billing/state at ${(accounts ?? MANY).toLocaleString("en")} accounts`;
    await few.rate();
    await many.rate();
    few.forget();
    many.forget();
    const rates = await interleave(isQuick ? 4 : 9, { few: few.rate, many: many.rate });
    await few.stop();
    await many.stop();
    const limit = (unit: string, values: readonly number[]) => ({ name: `${unit} at 1,000`, value: spreadOf(values) });
    const latency = (name: string, values: readonly number[], limits: readonly number[], aim: Figure["aim"]): Figure => ({
      name: `${subject}, ${name}`,
      unit: "ms",
      value: spreadOf(values),
      limit: limit("ms", limits),
      ratio: ratioOf(values, limits),
      aim,
    });
    return [
      {
        name: subject,
        unit: "/s",
        value: spreadOf(rates.many),
        limit: limit("/s", rates.few),
        ratio: ratioOf(rates.many, rates.few),
        aim: { of: "ratio", at: "least", bound: 0.9 },
      },
      latency("p50", many.p50, few.p50, { of: "ratio", at: "most", bound: 1.1 }),
      latency("p99", many.p99, few.p99, { of: "ratio", at: "most", bound: 1.1 }),
    ];
  },
};

async function open(lab: Lab, accounts: number, isQuick: boolean) {
  const database = await lab.database(accounts);
  const server = await lab.serve(database);
  const tokens = await database.population.tokens(CALLERS);
  const requests = tokens.map((token) => requestText("GET", "/api/v1/billing/state", { token }));
  const load = { port: server.port, connections: CONNECTIONS, requests, warmUpMilliseconds: 200, milliseconds: isQuick ? 800 : 1300 };
  const p50: number[] = [];
  const p99: number[] = [];
  return {
    p50,
    p99,
    async rate(): Promise<number> {
      const result = await lab.load.run(load, 200);
      p50.push(result.p50);
      p99.push(result.p99);
      return result.perSecond;
    },
    forget(): void {
      p50.length = 0;
      p99.length = 0;
    },
    stop: server.stop,
  };
}

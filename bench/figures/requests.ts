import type { Figure } from "../figure.ts";
import type { Lab } from "../lab.ts";
import { interleave, type Measurement } from "../method.ts";
import { spreadOver } from "../population.ts";
import { type CpuLedger, cpuLedger, cpuSeconds } from "../processes/cpu-time.ts";
import { requestText } from "../processes/load.ts";
import { ratioOf, type Spread, spreadOf } from "../statistics.ts";

const CONNECTIONS = 32;
const CALLERS = 100;
const ACCOUNTS = 1000;
const WARM_UP_MILLISECONDS = 2000;
const SLICE = { warmUpMilliseconds: 50, milliseconds: 450 };

/** What a request costs on top of bare Fastify when session and facts are in process, and what the guards are of that. */
export const requests: Measurement = {
  name: "requests",
  what: "session check and guarded read beside a bare Fastify hello, 32 connections",
  async measure(lab, { isQuick }) {
    const database = await lab.database(ACCOUNTS);
    const server = await lab.serve(database, { entry: "bench/server.ts" });
    const bare = await lab.listener("bare-fastify.ts");
    const canned = await lab.listener("canned-answers.ts");
    const tokens = await database.population.tokens(CALLERS);
    const trees = spreadOver(ACCOUNTS, CALLERS).map((person) => database.population.treeOf(person));
    const signedIn = (path: (place: number) => string): string[] =>
      tokens.map((token, place) => requestText("GET", path(place), { token }));
    const cost = cpuLedger();
    const rate = (name: string, at: { port: number; pid: number }, texts: string[]) => sliceOf(lab, cost, name, at, texts);
    const bareAt = { port: bare.port, pid: bare.child.pid };
    const things = {
      bare: rate("bare", bareAt, [requestText("GET", "/")]),
      me: rate(
        "me",
        server,
        signedIn(() => "/api/v1/me"),
      ),
      guarded: rate(
        "guarded",
        server,
        signedIn(() => "/api/v1/bench/guarded"),
      ),
      unguarded: rate(
        "unguarded",
        server,
        signedIn(() => "/api/v1/bench/unguarded"),
      ),
      tree: rate(
        "tree",
        server,
        signedIn((place) => `/api/v1/trees/${trees[place]}`),
      ),
      generator: rate("generator", { port: canned.port, pid: canned.child.pid }, [requestText("GET", "/")]),
    };
    for (const thing of Object.values(things)) await thing.warm(isQuick ? WARM_UP_MILLISECONDS / 3 : WARM_UP_MILLISECONDS);
    const rates = await interleave(isQuick ? 4 : 16, {
      bare: things.bare.measure,
      me: things.me.measure,
      guarded: things.guarded.measure,
      unguarded: things.unguarded.measure,
      tree: things.tree.measure,
      generator: things.generator.measure,
    });
    for (const one of [server, bare.child, canned.child]) await one.stop();
    return present(rates, cost);
  },
};

function sliceOf(lab: Lab, cost: CpuLedger, name: string, { port, pid }: { port: number; pid: number }, texts: string[]) {
  const run = (slice: typeof SLICE) => lab.load.run({ port, connections: CONNECTIONS, requests: texts, ...slice }, 200);
  return {
    warm: (milliseconds: number) => run({ warmUpMilliseconds: 0, milliseconds }),
    async measure(): Promise<number> {
      const before = cpuSeconds(pid);
      const { perSecond, sent } = await run(SLICE);
      cost.add(name, cpuSeconds(pid) - before, sent);
      return perSecond;
    },
  };
}

function present(rates: Record<"bare" | "me" | "guarded" | "unguarded" | "tree" | "generator", number[]>, cost: CpuLedger): Figure[] {
  const bare = { name: "bare/s", value: spreadOf(rates.bare) };
  const row = (name: string, key: "me" | "guarded" | "tree", aim: Figure["aim"]): Figure => ({
    name,
    unit: "/s",
    value: spreadOf(rates[key]),
    limit: bare,
    ratio: ratioOf(rates[key], rates.bare),
    aim,
    note: sayCost(cost, key, "bare"),
  });
  const guard: Spread = spreadOf(rates.guarded.map((rate, round) => 1 - rate / (rates.unguarded[round] ?? Number.NaN)));
  return [
    row("GET /me", "me", { of: "ratio", at: "least", bound: 0.6 }),
    row("guarded read without SQL", "guarded", { of: "ratio", at: "least", bound: 0.6 }),
    {
      name: "what both guards cost",
      unit: "/s",
      value: spreadOf(rates.guarded),
      limit: { name: "unguarded/s", value: spreadOf(rates.unguarded) },
      ratio: guard,
      aim: { of: "ratio", at: "most", bound: 0.05 },
      note: sayCost(cost, "guarded", "unguarded"),
    },
    row("GET /trees/{id}, one row from PostgreSQL", "tree", null),
    {
      name: "the load generator itself",
      unit: "/s",
      value: spreadOf(rates.generator),
      limit: bare,
      ratio: ratioOf(rates.generator, rates.bare),
      aim: null,
      note: "its ceiling, against a socket that answers without reading: far above what it measures",
    },
  ];
}

function sayCost(cost: CpuLedger, name: string, limit: string): string {
  const [one, other] = [name, limit].map((each) => cost.millisecondsEach(each) * 1000);
  if (one === undefined || other === undefined || Number.isNaN(one + other)) return "";
  return `processor time of the server a request: ${one.toFixed(1)} us, ${limit} ${other.toFixed(1)} us: ${((other / one) * 100).toFixed(1)} %`;
}

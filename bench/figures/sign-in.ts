import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Figure } from "../figure.ts";
import type { BenchDatabase, Lab } from "../lab.ts";
import { type Effort, interleave, type Measurement } from "../method.ts";
import { PASSWORD } from "../population.ts";
import type { Child } from "../processes/child.ts";
import { type CpuLedger, cpuLedger, cpuSeconds, cpuSecondsOfFamily } from "../processes/cpu-time.ts";
import { requestText } from "../processes/load.ts";
import type { ServerProcess } from "../processes/server-process.ts";
import { ratioOf, spreadOf } from "../statistics.ts";

const IN_FLIGHT = 4;
const AIM = { of: "ratio", at: "least", bound: 0.9 } as const;
/** More than any slice gets through. */
const REQUESTS_A_SLICE = 2000;
const ACCOUNTS = 1000;

/** A sign-in can be no faster than its hash: how near does it come, with the database, the mail and the load on the same two cores? */
export const signIn: Measurement = {
  name: "sign-in",
  what: "register and login beside raw argon2id hashes, 4 in flight",
  async measure(lab, effort) {
    const database = await lab.database(ACCOUNTS);
    const server = await lab.serve(database);
    // Rate limits are counted as in production, with a limit that the load does not reach.
    const counting = await lab.serve(database, { env: { RATE_LIMIT_FACTOR: "1000000" } });
    const hashes = await lab.child("raw-hashes.ts");
    const slices = slicesOf(lab, database, effort);
    await slices.register("warm-up", server, -1);
    await slices.register("warm-up", counting, -2);
    const rates = await interleave(effort.isQuick ? 3 : 5, {
      hash: () => slices.hash(hashes),
      register: (round) => slices.register("register", server, round),
      login: () => slices.login("login", server),
      counted: (round) => slices.register("counted", counting, 1000 + round),
    });
    for (const one of [server, counting, hashes]) await one.stop();
    const figure = (name: string, key: "register" | "login" | "counted", aim: Figure["aim"]): Figure => ({
      name,
      unit: "/s",
      value: spreadOf(rates[key]),
      limit: { name: "raw hashes/s", value: spreadOf(rates.hash) },
      ratio: ratioOf(rates[key], rates.hash),
      aim,
      note: sayCost(slices.cost, key, slices.mailsInTime.get(key)),
    });
    return [figure("register", "register", AIM), figure("login", "login", AIM), figure("register, rate limits counted", "counted", null)];
  },
};

function slicesOf(lab: Lab, database: BenchDatabase, { isQuick }: Effort) {
  const slice = isQuick ? { warmUpMilliseconds: 300, milliseconds: 1200 } : { warmUpMilliseconds: 500, milliseconds: 2500 };
  const mailsInTime = new Map<string, number[]>();
  const cost = cpuLedger();
  /** @param work gives how many of the things it did */
  const spend = async (name: string, pid: number, work: () => Promise<number>): Promise<void> => {
    const [process, postgres] = [cpuSeconds(pid), cpuSecondsOfFamily(lab.postgresPid)];
    const count = await work();
    cost.add(name, cpuSeconds(pid) - process, count);
    cost.add(`${name}, postgres`, cpuSecondsOfFamily(lab.postgresPid) - postgres, count);
  };
  return {
    cost,
    mailsInTime,
    async hash(hashes: Child): Promise<number> {
      let rate = 0;
      await spend("hash", hashes.pid, async () => {
        const answer = await hashes.ask({ inFlight: IN_FLIGHT, ...slice }, z.object({ perSecond: z.number(), made: z.int() }));
        rate = answer.perSecond;
        return answer.made;
      });
      return rate;
    },
    async register(name: string, { port, pid }: ServerProcess, round: number): Promise<number> {
      const requests = Array.from({ length: REQUESTS_A_SLICE }, (_, place) => registerText(`${name}${round}-${place}@example.com`));
      let rate = 0;
      await spend(name, pid, async () => {
        const before = lab.mail.taken;
        const load = { port, connections: IN_FLIGHT, requests, requestsMax: requests.length, ...slice };
        const { perSecond, sent } = await lab.load.run(load, 201);
        rate = perSecond;
        mailsInTime.set(name, [...(mailsInTime.get(name) ?? []), (lab.mail.taken - before) / sent]);
        // What is left of the mails must not be done in the time of the next slice.
        await drain(database);
        return sent;
      });
      return rate;
    },
    async login(name: string, { port, pid }: ServerProcess): Promise<number> {
      const requests = Array.from({ length: ACCOUNTS }, (_, place) => loginText(database.population.emailOf(place + 1), PASSWORD));
      let rate = 0;
      await spend(name, pid, async () => {
        const { perSecond, sent } = await lab.load.run({ port, connections: IN_FLIGHT, requests, ...slice }, 200);
        rate = perSecond;
        return sent;
      });
      return rate;
    },
  };
}

function sayCost(cost: CpuLedger, name: string, mails: readonly number[] | undefined): string {
  const mailed = mails ? `; ${Math.round(spreadOf(mails).median * 100)} % of the mails sent within the slice` : "";
  const [hash, server, postgres] = ["hash", name, `${name}, postgres`].map((each) => cost.millisecondsEach(each));
  if (hash === undefined || server === undefined || postgres === undefined || Number.isNaN(server)) return mailed.slice(2);
  const share = ((hash / (server + postgres)) * 100).toFixed(1);
  return `processor time each: server ${server.toFixed(1)} ms, PostgreSQL ${postgres.toFixed(1)} ms, a raw hash ${hash.toFixed(1)} ms: ${share} %${mailed}`;
}

export const registerText = (email: string): string =>
  requestText("POST", "/api/v1/auth/register", { body: { email, password: PASSWORD, name: "Ada Lovelace", account_name: "Engines" } });

export const loginText = (email: string, password: string): string =>
  requestText("POST", "/api/v1/auth/login", { body: { email, password } });

const DRAIN_LOOKS_MAX = 600;

/** Waits until no job is left. @throws Error after a minute */
export async function drain(database: BenchDatabase): Promise<void> {
  for (let look = 0; look < DRAIN_LOOKS_MAX; look += 1) {
    const [row] = await database.query<{ due: number }>(
      "select count(*)::int as due from pgboss.job where state in ('created', 'retry', 'active')",
    );
    if (row?.due === 0) return;
    await pause(100);
  }
  throw new Error("the mails of the sign-ups are not sent");
}

import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "../figure.ts";
import type { Measurement } from "../method.ts";
import { requestText } from "../processes/load.ts";
import { ratioOf, spreadOf } from "../statistics.ts";
import { drain, registerText } from "./sign-in.ts";

const IDLE_SECONDS = 10;
const LOOK_EVERY_MILLISECONDS = 250;
const CALLERS = 100;

/** Resident memory of the server's process alone: the database, the mail provider and the load are others. */
export const memory: Measurement = {
  name: "memory",
  what: "resident memory idle, and at its peak while people sign up and call",
  async measure(lab, { isQuick }) {
    const database = await lab.database(1000);
    const tokens = await database.population.tokens(CALLERS);
    const server = await lab.serve(database);
    const bare = await lab.listener("bare-fastify.ts");
    await pause(IDLE_SECONDS * 1000);
    const idle = residentMebibytes(server.pid);
    const bareIdle = residentMebibytes(bare.child.pid);
    const milliseconds = isQuick ? 3000 : 6000;

    const signUps = Array.from({ length: 4000 }, (_, place) => registerText(`m${place}@example.com`));
    const atSignUp = await peakWhile(server.pid, async () => {
      await lab.load.run(
        { port: server.port, connections: 4, requests: signUps, requestsMax: signUps.length, warmUpMilliseconds: 0, milliseconds },
        201,
      );
      await drain(database);
    });
    const checks = tokens.map((token) => requestText("GET", "/api/v1/me", { token }));
    const atChecks = await peakWhile(server.pid, () =>
      lab.load.run({ port: server.port, connections: 32, requests: checks, warmUpMilliseconds: 0, milliseconds }, 200),
    );
    const hello = [requestText("GET", "/")];
    const barePeak = await peakWhile(bare.child.pid, () =>
      lab.load.run({ port: bare.port, connections: 32, requests: hello, warmUpMilliseconds: 0, milliseconds: milliseconds / 2 }, 200),
    );
    await server.stop();
    await bare.child.stop();
    const row = (name: string, mebibytes: number, limit: number, bound: number): Figure => ({
      name: `memory, ${name}`,
      unit: "MiB",
      value: spreadOf([mebibytes]),
      limit: { name: "MiB, bare Fastify", value: spreadOf([limit]) },
      ratio: ratioOf([mebibytes], [limit]),
      aim: { of: "value", at: "most", bound },
    });
    return [
      row(`idle, ${IDLE_SECONDS} s after the start`, idle, bareIdle, 120),
      row("peak at sign-up, 4 in flight", atSignUp, barePeak, 200),
      row("peak at GET /me, 32 connections", atChecks, barePeak, 200),
    ];
  },
};

async function peakWhile(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = residentMebibytes(pid);
  const look = setInterval(() => {
    peak = Math.max(peak, residentMebibytes(pid));
  }, LOOK_EVERY_MILLISECONDS);
  try {
    await work();
    return Math.max(peak, residentMebibytes(pid));
  } finally {
    clearInterval(look);
  }
}

/** The pages of its own and those that it shares with others, of the binary above all. */
const residentMebibytes = (pid: number): number =>
  Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;

import { interleave, type Measurement } from "../method.ts";
import { requestText } from "../processes/load.ts";
import { quantile, ratioOf, spreadOf } from "../statistics.ts";
import { loginText } from "./sign-in.ts";

const WRONG = "not-the-password-of-anybody-31";
const ACCOUNTS = 1000;

/** Whether the time of a refusal tells that an address is known. */
export const loginTiming: Measurement = {
  name: "login-timing",
  what: "how long a login is refused for an unknown address and for a wrong password, one at a time",
  async measure(lab, { isQuick }) {
    const database = await lab.database(ACCOUNTS);
    const server = await lab.serve(database);
    const rounds = isQuick ? 3 : 6;
    const pairsARound = 40;
    const wrong: number[] = [];
    const unknown: number[] = [];
    const pairs = async (round: number): Promise<number> => {
      // Known, unknown, known, unknown: within a pair of tries both meet the same machine.
      const requests = Array.from({ length: pairsARound }, (_, place) => round * pairsARound + place + 1).flatMap((person) => [
        loginText(database.population.emailOf((person % ACCOUNTS) + 1), WRONG),
        loginText(`nobody${person}@example.com`, WRONG),
      ]);
      const { latencies } = await lab.load.run(
        {
          port: server.port,
          connections: 1,
          requests,
          requestsMax: requests.length,
          warmUpMilliseconds: 0,
          milliseconds: 60_000,
          eachLatency: true,
        },
        401,
      );
      wrong.push(
        quantile(
          latencies.filter((_, place) => place % 2 === 0),
          0.5,
        ),
      );
      unknown.push(
        quantile(
          latencies.filter((_, place) => place % 2 === 1),
          0.5,
        ),
      );
      return latencies.length;
    };
    await lab.load.run(
      { port: server.port, connections: 1, requests: [requestText("GET", "/healthz")], warmUpMilliseconds: 0, milliseconds: 200 },
      200,
    );
    await pairs(rounds);
    wrong.length = 0;
    unknown.length = 0;
    const { tries } = await interleave(rounds, { tries: pairs });
    await server.stop();
    return [
      {
        name: "login refused, address unknown (median)",
        unit: "ms",
        value: spreadOf(unknown),
        limit: { name: "ms, password wrong", value: spreadOf(wrong) },
        ratio: ratioOf(unknown, wrong),
        aim: { of: "ratio", at: "near", bound: 0.1 },
        note: `${tries.reduce((sum, count) => sum + count, 0) / 2} tries of each, in turn`,
      },
    ];
  },
};

import { interleave, type Measurement } from "../method.ts";
import { STRANGERS_TO_PASSWORDS } from "../population.ts";
import { requestText } from "../processes/load.ts";
import { quantile, ratioOf, spreadOf } from "../statistics.ts";
import { loginText } from "./sign-in.ts";

const WRONG = "not-the-password-of-anybody-31";
const ACCOUNTS = 1000;

/** Whether the time of a refusal tells that an address is known. */
export const loginTiming: Measurement = {
  name: "login-timing",
  what: "how long a login is refused for an unknown address, for a wrong password and for somebody without one, one at a time",
  async measure(lab, { isQuick }) {
    const database = await lab.database(ACCOUNTS);
    const server = await lab.serve(database, { env: { LOGIN_HINTS: "strict" } });
    const rounds = isQuick ? 3 : 6;
    const pairsARound = 40;
    const wrong: number[] = [];
    const unknown: number[] = [];
    const without: number[] = [];
    const pairs = async (round: number): Promise<number> => {
      // In turn, so that within three tries all meet the same machine.
      const requests = Array.from({ length: pairsARound }, (_, place) => round * pairsARound + place + 1).flatMap((person) => [
        loginText(database.population.emailOf((person % ACCOUNTS) + 1), WRONG),
        loginText(`nobody${person}@example.com`, WRONG),
        loginText(database.population.emailWithoutPassword((person % STRANGERS_TO_PASSWORDS) + 1), WRONG),
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
      for (const [place, medians] of [wrong, unknown, without].entries())
        medians.push(
          quantile(
            latencies.filter((_, at) => at % 3 === place),
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
    for (const medians of [wrong, unknown, without]) medians.length = 0;
    const { tries } = await interleave(rounds, { tries: pairs });
    await server.stop();
    const note = `${tries.reduce((sum, count) => sum + count, 0) / 3} tries of each, in turn`;
    const figure = (name: string, medians: readonly number[]) => ({
      name: `login refused, ${name} (median)`,
      unit: "ms",
      value: spreadOf(medians),
      limit: { name: "ms, password wrong", value: spreadOf(wrong) },
      ratio: ratioOf(medians, wrong),
      aim: { of: "ratio" as const, at: "near" as const, bound: 0.1 },
      note,
    });
    return [figure("address unknown", unknown), figure("no password, hints strict", without)];
  },
};
